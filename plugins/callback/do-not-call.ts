import { readFileSync } from 'node:fs'
import { type PluginKv, type Subscription, SwitchyardError } from '../../engine/plugin/index.ts'

/** Who must not be called. */
export interface DoNotCall {
  isBarred(number: string): boolean
  add(number: string): Promise<void>
  /** @returns false when it was not added by command: the options and the file are edited, not commanded */
  remove(number: string): Promise<boolean>
  /** Reads the file again. @throws SwitchyardError SY_PLUGIN_INVALID when it cannot be read */
  readAgain(): void
  stop(): Promise<void>
}

interface Sources {
  /** Numbers, or their beginnings and `*`. */
  readonly listed: readonly string[]
  readonly file: string | undefined
  /** Those added by command, by number. */
  readonly added: PluginKv<true>
  normalise(raw: string): string | undefined
}

/** Opens the list. @throws SwitchyardError SY_PLUGIN_INVALID when the file cannot be read */
export async function openDoNotCall(sources: Sources): Promise<DoNotCall> {
  const { listed, file, added, normalise } = sources
  const known = new Set<string>()
  let fixed = compile(listed, normalise)
  const watching: Subscription = await added.watch((number, value) => {
    if (value === undefined) {
      known.delete(number)
    } else {
      known.add(number)
    }
  })

  function readAgain(): void {
    const lines = file === undefined ? [] : readLines(file)
    fixed = compile([...listed, ...lines], normalise)
  }

  readAgain()
  return {
    isBarred: (number) =>
      known.has(number) ||
      fixed.numbers.has(number) ||
      fixed.beginnings.some((beginning) => number.startsWith(beginning)),
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

function compile(entries: readonly string[], normalise: Sources['normalise']) {
  const numbers = new Set<string>()
  const beginnings: string[] = []
  for (const entry of entries) {
    if (entry.endsWith('*')) {
      beginnings.push(entry.slice(0, -1).replaceAll(/[\s()./-]/g, ''))
    } else {
      numbers.add(normalise(entry) ?? entry)
    }
  }
  return { numbers, beginnings }
}

function readLines(file: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new SwitchyardError('SY_PLUGIN_INVALID', 'doNotCallFile: it cannot be read', { cause })
  }
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}
