import { readFileSync } from 'node:fs'
import { type NumberPlan, SwitchyardError } from '../../engine/plugin/index.ts'
import { type CustomerList, readCustomers, readNumbers } from './read-list.ts'

/** The files of a campaign. */
interface ListFiles {
  readonly file: string
  readonly doNotCall?: string | undefined
}

/**
 * Reads the customers of a campaign, without those who are not to be called. Reads
 * synchronously: a replica does this at start-up, when nothing waits for it yet.
 *
 * @param campaign its name, for error messages
 * @param keyOf returns the key of a number
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the option whose file is unusable
 */
export function loadList(
  campaign: string,
  { file, doNotCall }: ListFiles,
  numbers: NumberPlan,
  keyOf: (number: string) => string,
): CustomerList {
  const forbidden =
    doNotCall === undefined
      ? new Set<string>()
      : readAs(campaign, 'doNotCall', doNotCall, (text) => readNumbers(text, numbers, keyOf))
  return readAs(campaign, 'file', file, (text) => readCustomers(text, numbers, keyOf, forbidden))
}

function readAs<T>(campaign: string, option: string, path: string, read: (text: string) => T): T {
  try {
    return read(readFileSync(path, 'utf8'))
  } catch (cause) {
    const why =
      cause instanceof TypeError ? cause.message : `cannot be read: ${codeOf(cause) ?? 'no reason'}`
    throw new SwitchyardError('SY_PLUGIN_INVALID', `campaigns.${campaign}.${option}: ${why}`)
  }
}

/** The system's error code; its message would quote the path. */
function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code
}
