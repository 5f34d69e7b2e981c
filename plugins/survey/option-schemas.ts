import { digits, namePattern, z } from '../../engine/plugin/index.ts'

/** A share: `30%` or 0.3. */
export const share = () =>
  z.union([
    z.number().min(0).max(1),
    z
      .string()
      .regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/, 'a share: 30%, or 0.3')
      .transform((text) => Number(text.slice(0, -1)) / 100),
  ])

/** A number prefix. */
export const prefixKey = () => z.string().regex(/^\+?\d{1,15}$/, 'a prefix of a number')

/** A name; it is used in keys, labels and events. */
export const nameKey = () => z.string().regex(namePattern, 'a name: letters, digits, "_" and "-"')

/** A language code, as used in flows. */
export const language = () =>
  z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/, 'a language: en, de or pt-BR')

/** A phone key. */
export const phoneKey = () => digits(/^[0-9*#]$/, 'a phone key: 0-9, * or #')

/** A date, `2026-11-02`. */
export const day = () => z.iso.date('a date: 2026-11-02')

const streams = /^(tone_stream|silence_stream|local_stream|http_cache|https):\/\//

/** One source of a prompt, with the rules that flows have for it. */
const source = () =>
  z
    .string()
    .max(1_000)
    .regex(/^[^\\\s\p{Cc}][^\\\p{Cc}]*$/u, 'a file, a stream, say:TEXT or phrase:NAME:ARGUMENT')
    .refine(
      (text) => !text.includes('${'),
      'contains a dollar sign before a brace, which the switch would expand: write {name} alone',
    )
    .refine(
      (text) =>
        /^(say|phrase):/.test(text) ||
        (!text.includes('!') && (!text.includes('://') || streams.test(text))),
      'not a file or stream that flows may play',
    )

const sources = () => z.union([source(), z.array(source()).min(1)])

/** A prompt: a source, a list of sources, or either of these by language. */
export const prompt = () => z.union([sources(), z.record(language(), sources())])

/** A prompt as configured. */
export type PromptOption = z.output<ReturnType<typeof prompt>>
