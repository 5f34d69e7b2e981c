import { z } from 'zod'
import { namePattern } from '../catalogue/limits.ts'
import { offerWords } from './suggest.ts'

/**
 * Building blocks of the schema of a file. Each takes the text of a scalar, returns the converted
 * value, and describes in words what it expects.
 */

interface Kind<T> {
  /** With its article: `a duration`. */
  readonly noun: string
  readonly example: string
  /** What else a writer needs to know. */
  readonly hint?: string
  /** What an editor should accept: JSON Schema, judged on YAML's own types. */
  readonly json: Readonly<Record<string, unknown>>
  /** The value; `undefined` when the text does not describe one. */
  read(text: string): T | undefined
}

/** Joins a message and its cure in the one string that a zod issue carries. */
export function refusal(message: string, cure: string): string {
  return `${message}\n${cure}`
}

interface RawIssue {
  readonly code?: string | undefined
  readonly input?: unknown
}

/** The refusal of a value that is missing or of another kind. */
export function expected(noun: string, example: string) {
  return ({ input }: RawIssue): string =>
    input === undefined
      ? refusal('is missing', `add it, for example ${example}`)
      : refusal(`expected ${noun}`, `for example ${example}`)
}

/** A value that is written as one scalar. */
export function scalar<T>({ noun, example, hint, json, read }: Kind<T>) {
  const advice = hint === undefined ? example : `${example} (${hint})`
  return z
    .string({ error: expected(noun, advice) })
    .transform((text, context): T => {
      const value = read(text)
      if (value === undefined) {
        const message =
          text === '' ? `expected ${noun}, found nothing` : `${quote(text)} is not ${noun}`
        context.addIssue({ code: 'custom', message: refusal(message, `for example ${advice}`) })
        return z.NEVER
      }
      return value
    })
    .meta({ title: noun.replace(/^(an?|the) /, ''), example, ...json })
}

/** Text as a message shows it: shortened, and without characters that disturb a terminal. */
export function quote(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return JSON.stringify(short)
}

const millisecondsPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const durationPattern = /^(\d{1,9})(ms|s|m|h)$/
const maxDurationMs = 24 * millisecondsPerUnit.h
const durationUnits = 'units: ms, s, m, h'

/** A span of time in milliseconds, at most 24 hours: `500ms`, `20s`, `5m`, `1h`. */
export function duration({
  minMs = 0,
  example = '20s',
}: {
  readonly minMs?: number
  readonly example?: string
} = {}) {
  const minText = minMs % 1_000 === 0 ? `${minMs / 1_000}s` : `${minMs}ms`
  return scalar({
    noun: `a duration from ${minText} to 24h`,
    example,
    hint: durationUnits,
    json: { type: 'string', pattern: durationPattern.source },
    read: (text) => readDuration(text, minMs),
  })
}

/** A {@link duration}, or `word` in its place. */
export function durationOr<const Word extends string>(word: Word, example: string) {
  return scalar<number | Word>({
    noun: `a duration from 0s to 24h, or ${word}`,
    example,
    hint: durationUnits,
    json: { type: 'string', pattern: `${durationPattern.source}|^${word}$` },
    read: (text) => (text === word ? word : readDuration(text)),
  })
}

/** The milliseconds of a text such as `20s`; `undefined` when it is not a duration, or is too short or too long. */
export function readDuration(text: string, minMs = 0): number | undefined {
  const [, digits, unit] = durationPattern.exec(text) ?? []
  const spanMs = Number(digits) * millisecondsPerUnit[unit as keyof typeof millisecondsPerUnit]
  return spanMs >= minMs && spanMs <= maxDurationMs ? spanMs : undefined
}

const bytesPerUnit = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const
const sizePattern = /^(\d{1,9})(|KiB|MiB|GiB)$/

/** A size in bytes, at least 64 KiB: `64MiB`. */
export function size() {
  return scalar({
    noun: 'a size',
    example: '64MiB',
    hint: 'units: KiB, MiB, GiB; at least 64KiB',
    json: { type: ['string', 'integer'], pattern: sizePattern.source },
    read(text) {
      const [, digits, unit] = sizePattern.exec(text) ?? []
      const bytes = Number(digits) * bytesPerUnit[unit as keyof typeof bytesPerUnit]
      return bytes >= bytesPerUnit.KiB * 64 ? bytes : undefined
    },
  })
}

/** A whole number within bounds. */
export function integer(min: number, max: number, example: string) {
  return scalar({
    noun: `a whole number from ${min} to ${max}`,
    example,
    json: { type: 'integer', minimum: min, maximum: max },
    read(text) {
      const value = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN
      return value >= min && value <= max ? value : undefined
    },
  })
}

/** A share of 1, written in percent: `85%` is 0.85. */
export function percent() {
  const pattern = /^(\d{1,3})%$/
  return scalar({
    noun: 'a share from 1% to 100%',
    example: '85%',
    json: { type: 'string', pattern: pattern.source },
    read(text) {
      const value = Number(pattern.exec(text)?.[1])
      return value >= 1 && value <= 100 ? value / 100 : undefined
    },
  })
}

/** `true` or `false`. YAML's older words for them are refused. */
export function flag() {
  return scalar({
    noun: 'true or false',
    example: 'true',
    json: { type: 'boolean' },
    read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  })
}

const scalarTypes = ['string', 'number', 'boolean']
const maxTextLength = 1_000

/**
 * One line of text that matches `pattern`. Control characters are always refused: in a value that
 * reaches the switch, a line feed starts another command.
 */
export function text(noun: string, example: string, pattern = /^.+$/u) {
  return scalar({
    noun,
    example,
    json: { type: scalarTypes, pattern: pattern.source },
    read: (value) =>
      pattern.test(value) && !/\p{Cc}/u.test(value) && value.length <= maxTextLength
        ? value
        : undefined,
  })
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(noun: string, words: Words) {
  return z
    .enum(words, {
      error: ({ input }) =>
        input === undefined
          ? refusal('is missing', `add it, one of: ${words.join(', ')}`)
          : typeof input === 'string'
            ? refusal(`${quote(input)} is not ${noun}`, offerWords(input, words))
            : refusal(`expected ${noun}`, `one of: ${words.join(', ')}`),
    })
    .meta({ title: 'word', example: words[0] })
}

/** The name of a thing as the key of a map. It becomes part of subjects, labels and channel variables. */
export function idKey(what: string) {
  return z
    .string()
    .regex(
      namePattern,
      refusal(
        `not a usable name for a ${what}`,
        'use up to 64 letters A-Z, digits, _ and -, beginning with a letter or digit; put the name for people in description',
      ),
    )
    .meta({ title: what })
}

/** The name of a thing that is not the key of a map, made of the same characters as {@link idKey}. */
export function idText(noun: string, example: string) {
  return text(noun, example, namePattern)
}

/** A reference to a thing by its name. */
export function idReference(what: string, example = 'sales') {
  return text(`the name of a ${what}`, example, namePattern)
}
