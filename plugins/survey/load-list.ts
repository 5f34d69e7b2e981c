import { readFileSync } from 'node:fs'
import { SwitchyardError } from '../../engine/plugin/index.ts'
import type { NumberOptions } from './number.ts'
import { type CustomerList, readCustomers, readNumbers } from './read-list.ts'

/** Where a campaign's customers are written. */
interface ListFiles {
  readonly file: string
  readonly doNotCall?: string | undefined
}

/**
 * Reads the customers of a campaign, without those who are not to be called.
 * Blocks: it is the first thing a replica does, and nothing waits for it.
 *
 * @param campaign its name, for the fault
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the option whose file cannot be used
 */
export function loadList(
  campaign: string,
  { file, doNotCall }: ListFiles,
  numbers: NumberOptions,
): CustomerList {
  const forbidden =
    doNotCall === undefined
      ? new Set<string>()
      : readAs(campaign, 'doNotCall', doNotCall, (text) => readNumbers(text, numbers))
  return readAs(campaign, 'file', file, (text) => readCustomers(text, numbers, forbidden))
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

/** The system's word; its message would quote the path. */
function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code
}
