import { createHash } from 'node:crypto'
import {
  type DurationMs,
  type PluginCommandClient,
  type PluginContext,
  type PluginEvent,
  SwitchyardError,
} from '../../engine/plugin/index.ts'
import { type CallMemory, type LiveCall, withFinding } from './call-memory.ts'
import type { Cut, Verdict } from './classify.ts'
import type { Arrival, FactRecord } from './facts.ts'
import type { Judge } from './judge.ts'
import { beginSearch, type Source, waitAtMost } from './search.ts'

/** Classifies calls, and updates the classification as more becomes known. */
export interface Classifier {
  /** Classifies an arrival within `answerWithinMs`, and again if more is found later. */
  arrived(event: PluginEvent<'call.arrived'>, commands: PluginCommandClient): Promise<void>
  /** Updates the classification after the caller made a choice that matters to the rules. */
  collected(event: PluginEvent<'flow.collected'>, commands: PluginCommandClient): Promise<void>
  /** The classification such a call would get, with all look-ups included. */
  explain(arrival: Arrival, chosen: FactRecord): Promise<Verdict & { readonly facts: FactRecord }>
}

interface ClassifierParts extends Pick<PluginContext, 'clock' | 'log' | 'metrics' | 'tenant'> {
  readonly judge: Judge
  /** Names of the facts that rules depend on. */
  readonly deciding: ReadonlySet<string>
  /** Normalises a number for comparison; empty when withheld. */
  readonly normalise: (number: string) => string
  readonly answerWithinMs: DurationMs
  readonly sources: readonly Source[]
  /** Undefined if nothing needs to be remembered of calls. */
  readonly memory: CallMemory | undefined
}

/** The event being handled, and the command client bound to it. */
interface Occasion {
  readonly event: PluginEvent<'call.arrived'> | PluginEvent<'flow.collected'>
  readonly commands: PluginCommandClient
}

/** Refusals that mean that the call no longer needs a classification. */
const moot = new Set(['callUnknown', 'callNotWaiting'])

export function createClassifier(parts: ClassifierParts): Classifier {
  const { clock, judge, memory, normalise, sources, tenant } = parts
  const classified = parts.metrics.counter({
    name: 'switchyard_skill_classifications_total',
    help: 'Classifications sent, by turn (the first of a call, or a later update), and whether anything was known.',
    labels: ['tenant', 'turn', 'known'],
  })
  const noteCuts = createCutNotes(parts)
  const answered = parts.metrics.histogram({
    name: 'switchyard_skill_answer_seconds',
    help: 'Time from receiving an arrival until the engine has its first classification.',
    labels: ['tenant'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5],
  })

  async function send(
    { event, commands }: Occasion,
    call: LiveCall,
    { classification, cuts = [] }: Verdict,
    turn: 'first' | 'later',
  ): Promise<void> {
    const input = { callId: event.data.callId, ...judge.wording(call, classification) }
    const commandId = commandIdOf(event, input, call)
    const reply = await commands.command('call.classify', input, { commandId })
    if (!reply.ok && !moot.has(reply.error.code)) {
      const code = reply.error.retryable ? 'SY_COMMAND_FAILED' : 'SY_COMMAND_REFUSED'
      throw new SwitchyardError(code, `call.classify: ${reply.error.code}: ${reply.error.message}`)
    }
    noteCuts(cuts)
    classified({ tenant, turn, known: `${Object.keys(classification).length > 0}` })
  }

  /** Sends updates until the engine has everything that is known. @param sent what it has already */
  async function catchUp(
    occasion: Occasion,
    call: LiveCall | undefined,
    sent: Verdict['classification'] | undefined,
  ): Promise<void> {
    let now = call
    let last = JSON.stringify(sent)
    while (now !== undefined) {
      const verdict = judge.of(now)
      const text = JSON.stringify(verdict.classification)
      if (text === last) {
        return
      }
      await send(occasion, now, verdict, 'later')
      last = text
      const next = await memory?.look(occasion.event.data.callId)
      now = next === 'over' ? undefined : next
    }
  }

  /** What is known of a call already: its arrival may be redelivered, or follow a choice. */
  async function recall(callId: string): Promise<{ call?: LiveCall; isOver: boolean }> {
    const call = await memory?.look(callId)
    return call === 'over' || call === undefined
      ? { isOver: call === 'over' }
      : { call, isOver: false }
  }

  return {
    async arrived(event, commands) {
      const { at, data } = event
      const beganUs = clock.microseconds()
      const { callId } = data
      const arrival: Arrival = {
        dialled: data.dialledNumber.trim(),
        caller: normalise(data.callerNumber),
        origin: data.origin ?? 'caller',
      }
      const search = beginSearch(sources, arrival)
      let before: Awaited<ReturnType<typeof recall>> = { isOver: false }
      if (memory !== undefined || sources.length > 0) {
        const recalling = recall(callId).then((call) => {
          before = call
        })
        await waitAtMost(clock, parts.answerWithinMs, Promise.all([search.done, recalling]))
      }
      if (before.isOver) {
        return
      }
      const { found } = search
      const known = before.call ?? { at, chosen: {}, found: {} }
      const first = { ...withFinding(known, found), arrival }
      const verdict = judge.of(first)
      await send({ event, commands }, first, verdict, 'first')
      answered((clock.microseconds() - beganUs) / 1e6, { tenant })

      let call = await memory?.arrived(callId, arrival, found, at)
      await search.done
      if (call !== undefined && search.found !== found) {
        call = await memory?.found(callId, search.found, at)
      }
      await catchUp({ event, commands }, call, verdict.classification)
    },

    async collected(event, commands) {
      const { at, data, sequence } = event
      const { callId, name, value } = data
      if (memory !== undefined && value !== undefined && parts.deciding.has(name)) {
        const call = await memory.chose(callId, { name, value, sequence }, at)
        // If the arrival is still to come, its classification will include this choice.
        if (call?.arrival !== undefined) {
          await catchUp({ event, commands }, call, undefined)
        }
      }
    },

    async explain(arrival, chosen) {
      const search = beginSearch(sources, arrival)
      await search.done
      const answers = Object.entries(chosen).map(([name, value]) => [name, { value, sequence: 0 }])
      const { facts, lastAgent } = search.found
      return judge.of({ arrival, found: facts, lastAgent, chosen: Object.fromEntries(answers) })
    },
  }
}

/** Counts what classifications leave out, and logs it the first time for each rule. */
function createCutNotes({ log, metrics, tenant }: ClassifierParts): (cuts: readonly Cut[]) => void {
  const cutNeeds = metrics.counter({
    name: 'switchyard_skill_needs_cut_total',
    help: 'Classifications from which something was left out, because the matching rules exceed the limits together, by part.',
    labels: ['tenant', 'part'],
  })
  const logged = new Set<string>()
  return (cuts) => {
    for (const part of new Set(cuts.map((cut) => cut.part))) {
      cutNeeds({ tenant, part })
    }
    for (const cut of cuts) {
      const key = JSON.stringify(cut)
      if (!logged.has(key)) {
        logged.add(key)
        log.warn(
          { ...cut },
          'rules that match one call exceed the limits of a classification together; a part is left out (logged once)',
        )
      }
    }
  }
}

/**
 * Derives a command id. A command repeated for the same event, after a crash or by another
 * replica, has no second effect. It does have one if the caller has changed a choice
 * since, or if an older command overtook it.
 */
function commandIdOf({ id }: PluginEvent, input: object, { chosen }: LiveCall): string {
  const choices = Object.values(chosen).map(({ sequence }) => sequence)
  const text = JSON.stringify([id, input, Math.max(0, ...choices)])
  return `skill-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}
