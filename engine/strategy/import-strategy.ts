import { pathToFileURL } from 'node:url'
import type { StrategyConfig } from '../config/engine-config.ts'
import type { Scorer } from '../core/scorer.ts'

/** What the factory of a strategy plugin returns: at least one of the two hooks. */
export type StrategyModule = Pick<Scorer, 'scoreAgent' | 'scoreCall'>

export type ImportedStrategy =
  | { readonly ok: true; readonly module: StrategyModule }
  /** The place in the configuration, what is wrong, and the cure. */
  | { readonly ok: false; readonly fault: string }

const hooks = ['scoreAgent', 'scoreCall']
const shape = 'export default function create(options) { return { scoreAgent(agent, call) { … } } }'

/**
 * Imports a strategy plugin and passes it its options.
 *
 * @param place where the configuration names it, for a fault
 */
export async function importStrategy(
  { module: path, options }: StrategyConfig,
  place: string,
): Promise<ImportedStrategy> {
  const refuse = (at: string, message: string, cure: string): ImportedStrategy => ({
    ok: false,
    fault: `${place}.${at}: ${message}; ${cure}`,
  })
  let create: unknown
  try {
    create = (await import(pathToFileURL(path).href)).default
  } catch (error) {
    return refuse('module', `${path} cannot be loaded: ${messageOf(error)}`, 'correct the module')
  }
  if (typeof create !== 'function') {
    return refuse('module', `${path} has no function as its default export`, `write ${shape}`)
  }
  let made: unknown
  try {
    made = create(options ?? {})
  } catch (error) {
    return refuse('options', `the module refused them: ${messageOf(error)}`, 'see its description')
  }
  const [message, cure] = judge(made) ?? []
  return message === undefined
    ? { ok: true, module: made as StrategyModule }
    : refuse('module', `${path} ${message}`, cure ?? '')
}

/** What is wrong with the value that a factory returned, and the cure; undefined if nothing is. */
function judge(made: unknown): readonly [message: string, cure: string] | undefined {
  if (typeof made !== 'object' || made === null) {
    return ['returns no strategy', `write ${shape}`]
  }
  if (typeof Reflect.get(made, 'then') === 'function') {
    return [
      'returns a promise',
      'make its factory synchronous: a strategy cannot wait for anything',
    ]
  }
  const strange = Object.entries(made).find(
    ([key, value]) => typeof value === 'function' && !hooks.includes(key),
  )
  if (strange !== undefined) {
    return [`returns ${strange[0]}, which is not a hook`, `known: ${hooks.join(', ')}`]
  }
  const given = hooks
    .map((hook) => ({ hook, value: Reflect.get(made, hook) as unknown }))
    .filter(({ value }) => value !== undefined)
  if (given.length === 0) {
    return [`returns none of ${hooks.join(', ')}`, `write ${shape}`]
  }
  const wrong = given.find(({ value }) => !isSynchronous(value))
  return wrong === undefined
    ? undefined
    : [`returns a ${wrong.hook} that is not a synchronous function`, 'let it return a number']
}

function isSynchronous(value: unknown): boolean {
  return typeof value === 'function' && value.constructor.name === 'Function'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
