import { type PrefixTable, z } from '../../engine/plugin/index.ts'
import { language, nameKey, prefixKey } from './option-schemas.ts'

/** How the language of a caller is determined. */
export const languageOptions = z.strictObject({
  variable: z.string().optional().describe('a menu variable of a flow earlier in the call'),
  values: z
    .record(z.string(), language())
    .default({})
    .describe('the language for each value of `variable`'),
  dialled: z.record(z.string(), language()).default({}).describe('language by dialled number'),
  prefixes: z
    .record(prefixKey(), language())
    .default({})
    .describe('language by prefix of the caller’s number; the longest matching prefix applies'),
  queues: z.record(nameKey(), language()).default({}).describe('language by queue'),
})

export type LanguageOptions = z.output<typeof languageOptions>

/** What the caller's language is determined from. */
export interface LanguageClues {
  /** The value of `variable`. */
  readonly chosen?: string | undefined
  readonly dialled?: string | undefined
  readonly number?: string | undefined
  readonly queue?: string | undefined
}

/**
 * Determines a caller's language: as chosen, or by dialled number, caller's number or queue, in this order.
 *
 * @param byNumber the table of `options.prefixes`
 */
export function languageOf(
  options: LanguageOptions,
  byNumber: PrefixTable<string>,
  { chosen, dialled, number, queue }: LanguageClues,
): string | undefined {
  return (
    lookUp(options.values, chosen) ??
    lookUp(options.dialled, dialled) ??
    byNumber(number ?? '') ??
    lookUp(options.queues, queue)
  )
}

function lookUp(map: Readonly<Record<string, string>>, key: string | undefined) {
  return key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
}
