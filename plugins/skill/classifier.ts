import { createHash } from 'node:crypto'
import {
  type DurationMs,
  type PluginCommandClient,
  type PluginContext,
  type PluginEvent,
  SwitchyardError,
} from '../../engine/plugin/index.ts'
import type { CallMemory, Finding, LiveCall } from './call-memory.ts'
import { type Classification, classify, type Sticky, type Verdict } from './classify.ts'
import { type Arrival, type FactRecord, joinFacts, type PrefixTable } from './facts.ts'
import type { Rule } from './options.ts'
import { type NumberPlan, normaliseNumber } from './phone-number.ts'

/** Says what calls need, as more and more becomes known of them. */
export interface Classifier {
  /** Answers an arrival within the budget, and again when more was found out later. */
  arrived(event: PluginEvent<'call.arrived'>, commands: PluginCommandClient): Promise<void>
  /** Says again what a call needs that has chosen something which decides. */
  collected(event: PluginEvent<'flow.collected'>, commands: PluginCommandClient): Promise<void>
  /** What would be said of such a call, with everything that can be found out. */
  explain(arrival: Arrival, chosen: FactRecord): Promise<Verdict & { readonly facts: FactRecord }>
}

interface ClassifierParts extends Pick<PluginContext, 'clock' | 'metrics' | 'tenant'> {
  readonly rules: readonly Rule[]
  /** The facts that decide anything. */
  readonly deciding: ReadonlySet<string>
  readonly plan: NumberPlan
  readonly answerWithinMs: DurationMs
  readonly prefixes: PrefixTable
  /** From memory. */
  readonly customer: (number: string) => FactRecord | undefined
  /** Whatever must be asked; each ends by itself, and never rejects. */
  readonly sources: readonly ((arrival: Arrival) => Promise<Partial<Finding>>)[]
  /** Undefined where nothing need be remembered of a call. */
  readonly memory: CallMemory | undefined
  /** What the last agent is worth; undefined where that is not asked. */
  readonly sticky: Omit<Sticky, 'agent'> | undefined
}

type Origin = NonNullable<PluginEvent<'call.arrived'>['data']['origin']>

/** The engine's answers that mean: the call is past it. */
const moot = new Set(['callUnknown', 'callNotWaiting'])

export function createClassifier(parts: ClassifierParts): Classifier {
  const { clock, rules, memory, tenant } = parts
  const classified = parts.metrics.counter({
    name: 'switchyard_skill_classifications_total',
    help: 'Classifications given, the first of a call or a later one, and whether anything was known.',
    labels: ['tenant', 'turn', 'known'],
  })
  const answered = parts.metrics.histogram({
    name: 'switchyard_skill_answer_seconds',
    help: 'Time from hearing of an arrival to the engine having its first classification.',
    labels: ['tenant'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5],
  })
  const statesPriority = rules.some(({ priority }) => priority !== undefined)

  function judge(call: Pick<LiveCall, 'arrival' | 'chosen' | 'found' | 'lastAgent'>) {
    const { arrival, chosen, found, lastAgent } = call
    const caller = arrival?.caller ?? ''
    const facts = joinFacts(arrival, [
      parts.prefixes(caller),
      caller === '' ? undefined : parts.customer(caller),
      found,
      chosen,
    ])
    const sticky =
      lastAgent === undefined || parts.sticky === undefined
        ? undefined
        : { agent: lastAgent, ...parts.sticky }
    return { ...classify(rules, facts, sticky), facts: Object.fromEntries(facts) }
  }

  async function send(
    event: PluginEvent,
    callId: string,
    classification: Classification,
    turn: 'first' | 'later',
    commands: PluginCommandClient,
  ): Promise<void> {
    const input = { callId, ...classification }
    // What is said again after a crash or a redelivery has no second effect.
    const digest = createHash('sha256')
      .update(JSON.stringify([event.id, input]))
      .digest('hex')
    const commandId = `skill-${digest.slice(0, 32)}`
    const reply = await commands.command('call.classify', input, { commandId })
    if (!reply.ok && !moot.has(reply.error.code)) {
      const code = reply.error.retryable ? 'SY_COMMAND_FAILED' : 'SY_COMMAND_REFUSED'
      throw new SwitchyardError(code, `call.classify: ${reply.error.code}: ${reply.error.message}`)
    }
    const known = `${Object.keys(classification).length > 0}`
    classified({ tenant, turn, known })
  }

  /** Says what became known later, until nothing new has become known meanwhile. */
  async function catchUp(
    event: PluginEvent,
    callId: string,
    {
      call,
      said,
    }: { readonly call: LiveCall | undefined; readonly said: Classification | undefined },
    commands: PluginCommandClient,
  ): Promise<void> {
    let now = call
    let last = said
    while (now !== undefined) {
      const { classification } = judge(now)
      if (last !== undefined && isSame(classification, last)) {
        return
      }
      await send(event, callId, restated(classification), 'later', commands)
      last = classification
      now = await memory?.get(callId)
    }
  }

  /** A priority that no longer holds must be taken back. */
  function restated(classification: Classification): Classification {
    return statesPriority ? { priority: 0, ...classification } : classification
  }

  function search(arrival: Arrival) {
    const found: { facts: FactRecord; lastAgent?: string | undefined } = { facts: {} }
    const all = Promise.all(
      parts.sources.map(async (source) => {
        const { facts = {}, lastAgent } = await source(arrival)
        found.facts = { ...found.facts, ...facts }
        found.lastAgent ??= lastAgent
      }),
    )
    return { found, all }
  }

  async function withinBudget(work: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(parts.answerWithinMs, resolve)
      void work.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  return {
    async arrived(event, commands) {
      const beganUs = clock.microseconds()
      const { callId } = event.data
      const arrival = arrivalOf(event.data)
      const { found, all } = search(arrival)
      if (parts.sources.length > 0) {
        await withinBudget(all)
      }
      const first = judge({ arrival, chosen: {}, ...foundBy(found) })
      await send(event, callId, first.classification, 'first', commands)
      answered((clock.microseconds() - beganUs) / 1e6, { tenant })
      const before = JSON.stringify(found)
      let call = await memory?.arrived(callId, arrival, { ...found }, event.at)
      await all
      if (call !== undefined && JSON.stringify(found) !== before) {
        call = await memory?.found(callId, found, event.at)
      }
      await catchUp(event, callId, { call, said: first.classification }, commands)
    },

    async collected(event, commands) {
      const { callId, name, value } = event.data
      if (memory === undefined || value === undefined || !parts.deciding.has(name)) {
        return
      }
      const call = await memory.chose(callId, name, value, event.at)
      await catchUp(event, callId, { call, said: undefined }, commands)
    },

    async explain(arrival, chosen) {
      const { found, all } = search(arrival)
      await all
      return judge({ arrival, chosen, ...foundBy(found) })
    },
  }

  function arrivalOf(data: {
    readonly dialledNumber: string
    readonly callerNumber: string
    readonly origin?: Origin | undefined
  }): Arrival {
    return {
      dialled: data.dialledNumber.trim(),
      caller: normaliseNumber(data.callerNumber, parts.plan),
      origin: data.origin ?? 'caller',
    }
  }
}

function foundBy({ facts, lastAgent }: Finding): Pick<LiveCall, 'found' | 'lastAgent'> {
  return { found: facts, ...(lastAgent !== undefined && { lastAgent }) }
}

function isSame(a: Classification, b: Classification): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
