import { z } from 'zod'
import { list, named } from '../yaml/collections.ts'
import { refusal, text } from '../yaml/scalars.ts'

/** The streams that may be played. None of them runs a program on the switch. */
const schemes = ['tone_stream', 'silence_stream', 'local_stream', 'http_cache', 'https']
const allowedStream = new RegExp(`^(${schemes.join('|')})://`)

const languagePattern = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/

/** A language code, as used by prompts and by the switch's phrases: `en`, `de`, `pt-BR`. */
export const language = () => text('a language', 'en', languagePattern)

const languageKey = z
  .string()
  .regex(languagePattern, refusal('not a language', 'use a code like en, de or pt-BR'))
  .meta({ title: 'language' })

/** Text that the switch does not interpret. */
const plain = (noun: string, example: string) =>
  text(noun, example, /^[^\\\s][^\\]*$/u).refine((value) => !value.includes('${'), {
    error: refusal('contains ${, which the switch would expand', 'write {name} for a variable'),
  })

/**
 * One source of sound: a file, a stream, `say:TEXT` or `phrase:NAME:ARGUMENT`. A variable replaces
 * `{NAME}`.
 */
const source = plain('a source of sound', 'welcome.wav').superRefine((value, context) => {
  if (/^(say|phrase):/.test(value)) {
    return
  }
  if (value.includes('://') && !allowedStream.test(value)) {
    const cure = `use a file, or one of: ${schemes.join(', ')}`
    context.addIssue(refusal('is not a stream that flows may play', cure))
  } else if (value.includes('!')) {
    context.addIssue(refusal('contains !, which separates files for the switch', 'rename the file'))
  }
})

const sources = () => [source, list(source, '[ welcome.wav, hours.wav ]')] as const

/** A prompt: one source, several in a row, or either of these by language. */
export const prompt = () =>
  z
    .union([
      ...sources(),
      named(languageKey, z.union(sources()), '{ en: welcome-en.wav, de: welcome-de.wav }').refine(
        (byLanguage) => Object.keys(byLanguage).length > 0,
        { error: refusal('has no language', 'add one, for example { en: welcome.wav }') },
      ),
    ])
    .meta({ title: 'source, a list of them, or map by language', example: 'welcome.wav' })

/** A prompt as written in a flow. */
export type PromptFile = z.output<ReturnType<typeof prompt>>

/** Text to be spoken: one text, or one for each language. */
export const spokenText = () => {
  const spoken = plain('a text to say', 'Welcome')
  return z
    .union([spoken, named(languageKey, spoken, '{ en: Welcome, de: Willkommen }')])
    .meta({ title: 'text, or map by language', example: 'Welcome' })
}
