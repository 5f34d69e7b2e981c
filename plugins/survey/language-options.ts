import { z } from '../../engine/plugin/index.ts'
import { language, nameKey, prefixKey } from './option-words.ts'

/** How the languages of callers are known. */
export const languageOptions = z.strictObject({
  variable: z
    .string()
    .optional()
    .describe('a menu’s variable, in a flow that talked to the caller before the agent'),
  values: z.record(z.string(), language()).default({}).describe('its values, by key'),
  dialled: z.record(z.string(), language()).default({}).describe('by the number dialled'),
  prefixes: z
    .record(prefixKey(), language())
    .default({})
    .describe('by how the caller’s number begins; the longest counts'),
  queues: z.record(nameKey(), language()).default({}).describe('by the queue'),
})

export type LanguageOptions = z.output<typeof languageOptions>

/** What is known of a caller that tells the language. */
export interface LanguageClues {
  /** The value of the variable. */
  readonly chosen?: string | undefined
  readonly dialled?: string | undefined
  readonly number?: string | undefined
  readonly queue?: string | undefined
}

/** The caller's language: as chosen, else by the number dialled, else by theirs, else by the queue. */
export function languageOf(
  options: LanguageOptions,
  { chosen, dialled, number, queue }: LanguageClues,
): string | undefined {
  return (
    lookUp(options.values, chosen) ??
    lookUp(options.dialled, dialled) ??
    longestPrefix(options.prefixes, number) ??
    lookUp(options.queues, queue)
  )
}

/** What belongs to the longest of the prefixes that a number begins with. */
export function longestPrefix<T>(
  byPrefix: Readonly<Record<string, T>>,
  number: string | undefined,
): T | undefined {
  const [best] = Object.entries(byPrefix)
    .filter(([prefix]) => number?.startsWith(prefix) === true)
    .toSorted(([a], [b]) => b.length - a.length)
  return best?.[1]
}

function lookUp(map: Readonly<Record<string, string>>, key: string | undefined) {
  return key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
}
