import { z } from '../../engine/plugin/index.ts'

const msPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A span of time as the configuration file writes it: `5s`, `10m`, `2h`, `30d`; in milliseconds. */
export const duration = () =>
  z
    .string()
    .regex(/^\d{1,6}(ms|s|m|h|d)$/, 'a span of time: 500ms, 5s, 10m, 2h or 30d')
    .transform((text) => {
      const [, digits, unit] = /^(\d+)(\D+)$/.exec(text) ?? []
      return Number(digits) * msPerUnit[unit as keyof typeof msPerUnit]
    })

/** A share of 1: `30%` or 0.3. */
export const share = () =>
  z.union([
    z.number().min(0).max(1),
    z
      .string()
      .regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/, 'a share: 30%, or 0.3')
      .transform((text) => Number(text.slice(0, -1)) / 100),
  ])

/** What a plain YAML value may have turned into a number: a phone number, a key, a prefix. */
export const digits = (pattern: RegExp, what: string) =>
  z
    .union([z.string(), z.int().nonnegative()])
    .transform(String)
    .pipe(z.string().regex(pattern, what))

/** A number to dial or to show, as the switch takes it. */
export const phoneNumber = () =>
  digits(/^\+?[0-9*#]{1,32}$/, 'a number: digits, "*" and "#", with or without a leading "+"')

/** The beginning of numbers. */
export const prefixKey = () => z.string().regex(/^\+?\d{1,15}$/, 'the beginning of a number')

/** The name of a thing: it becomes a word of keys, labels and events. */
export const nameKey = () =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'a name: letters, digits, "_" and "-"')

/** A language, as the flows of the engine name it. */
export const language = () =>
  z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/, 'a language: en, de or pt-BR')

/** A key of a phone. */
export const phoneKey = () => digits(/^[0-9*#]$/, 'a key of a phone: 0-9, * or #')

/** A time zone by its name in the IANA database. */
export const timeZone = () =>
  z.string().refine(isTimeZone, 'a time zone by its name: Europe/Berlin')

/** A day, `2026-11-02`. */
export const day = () => z.iso.date('a day: 2026-11-02')

/** True for the name of a time zone that this system knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const streams = /^(tone_stream|silence_stream|local_stream|http_cache|https):\/\//

/** One thing said, by the rules that flows have for it. */
const source = () =>
  z
    .string()
    .max(1_000)
    .regex(/^[^\\\s\p{Cc}][^\\\p{Cc}]*$/u, 'a file, a stream, say:TEXT or phrase:NAME:ARGUMENT')
    .refine(
      (text) => !text.includes('${'),
      'holds a dollar sign before a brace, which the switch would expand: write {name} alone',
    )
    .refine(
      (text) =>
        /^(say|phrase):/.test(text) ||
        (!text.includes('!') && (!text.includes('://') || streams.test(text))),
      'not a file or stream that flows may play',
    )

const sources = () => z.union([source(), z.array(source()).min(1)])

/** What is said: one source, several in a row, or these by language. */
export const prompt = () => z.union([sources(), z.record(language(), sources())])

/** A prompt as it is written. */
export type PromptOption = z.output<ReturnType<typeof prompt>>
