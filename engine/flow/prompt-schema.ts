import { z } from 'zod'
import { list, named } from '../config/collections.ts'
import { refusal, text } from '../config/scalars.ts'

/** In what a source of sound may begin: nothing that runs a program or opens a file of its own choosing. */
const schemes = ['tone_stream', 'silence_stream', 'local_stream', 'http_cache', 'https']

const languagePattern = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/

/** A language, as prompts and the switch's own phrases name it: `en`, `de`, `pt-BR`. */
export const language = () => text('a language', 'en', languagePattern)

/**
 * One source of sound: a file, a stream, `say:TEXT`, `phrase:NAME:ARGUMENT`.
 * `{NAME}` in it stands for a variable.
 */
const source = text('a source of sound', 'welcome.wav', /^[^\\!\s][^\\!]*$/u).superRefine(
  (value, context) => {
    const isText = /^(say|phrase):/.test(value)
    const scheme = /^(\w+):\/\//.exec(value)?.[1]
    if (value.includes('${')) {
      context.addIssue(
        refusal('holds ${, which the switch would expand', 'write {name} for a variable'),
      )
    } else if (!isText && scheme !== undefined && !schemes.includes(scheme)) {
      context.addIssue(
        refusal(
          `${scheme}:// is not a source that flows may play`,
          `use a file, or one of: ${schemes.join(', ')}`,
        ),
      )
    }
  },
)

const sources = z.union([source, list(source, '[ welcome.wav, hours.wav ]')])

const byLanguage = named(
  z
    .string()
    .regex(languagePattern, refusal('not a language', 'use a code like en, de or pt-BR'))
    .meta({ title: 'language' }),
  sources,
  '{ en: welcome-en.wav, de: welcome-de.wav }',
).refine((prompt) => Object.keys(prompt).length > 0, {
  error: refusal('has no language', 'add one, for example { en: welcome.wav }'),
})

/** What is said: a source, several in a row, or these by language. */
export const prompt = () =>
  z.union([source, list(source, '[ welcome.wav, hours.wav ]'), byLanguage])

/** A prompt as it stands in a flow. */
export type PromptFile = z.output<ReturnType<typeof prompt>>

/** Text to be spoken, one for all or by language. */
export const spokenText = () =>
  z.union([
    text('a text to say', 'Welcome', /^[^\\]+$/u),
    named(
      z
        .string()
        .regex(languagePattern, refusal('not a language', 'use a code like en, de or pt-BR'))
        .meta({ title: 'language' }),
      text('a text to say', 'Welcome', /^[^\\]+$/u),
      '{ en: Welcome, de: Willkommen }',
    ),
  ])
