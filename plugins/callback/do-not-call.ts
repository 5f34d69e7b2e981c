import { readFileSync } from 'node:fs'
import {
  createPrefixTable,
  type NumberPlan,
  normaliseNumber,
  type PluginKv,
  type Subscription,
  SwitchyardError,
} from '../../engine/plugin/index.ts'

/** The do-not-call list: from the options, a file, and commands. */
export interface DoNotCall {
  isBarred(number: string): boolean
  add(number: string): Promise<void>
  /** @returns false if it had not been added by command; entries of the options and the file are only removed there */
  remove(number: string): Promise<boolean>
  /** Rereads the file. @throws SwitchyardError SY_PLUGIN_INVALID when it cannot be read */
  readAgain(): void
  stop(): Promise<void>
}

interface Sources {
  /** Numbers, or prefixes followed by `*`. */
  readonly listed: readonly string[]
  readonly file: string | undefined
  /** Entries added by command, by number. */
  readonly added: PluginKv<true>
  readonly numbers: NumberPlan
}

/** Opens the list. @throws SwitchyardError SY_PLUGIN_INVALID when the file cannot be read */
export async function openDoNotCall(sources: Sources): Promise<DoNotCall> {
  const { listed, file, added, numbers: plan } = sources
  const known = new Set<string>()
  let fixed = compile(listed, plan)
  const watching: Subscription = await added.watch((number, value) => {
    if (value === undefined) {
      known.delete(number)
    } else {
      known.add(number)
    }
  })

  function readAgain(): void {
    const lines = file === undefined ? [] : readLines(file)
    fixed = compile([...listed, ...lines], plan)
  }

  readAgain()
  return {
    isBarred: (number) =>
      known.has(number) || fixed.numbers.has(number) || fixed.byPrefix(number) === true,
    async add(number) {
      await added.put(number, true)
      known.add(number)
    },
    async remove(number) {
      const isThere = (await added.get(number)) !== undefined
      await added.delete(number)
      known.delete(number)
      return isThere
    },
    readAgain,
    stop: () => watching.stop(),
  }
}

function compile(entries: readonly string[], plan: NumberPlan) {
  const prefixes = entries.filter((entry) => entry.endsWith('*'))
  return {
    numbers: new Set(entries.map((entry) => normaliseNumber(entry, plan))),
    byPrefix: createPrefixTable(
      Object.fromEntries(prefixes.map((entry) => [entry.slice(0, -1), true])),
      plan,
    ),
  }
}

function readLines(file: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SwitchyardError('SY_PLUGIN_INVALID', 'doNotCallFile: cannot be read', { cause })
  }
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}
