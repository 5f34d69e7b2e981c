import { isSwitchyardError } from '../../engine/plugin/index.ts'
import {
  type AttemptPorts,
  createAttemptCommands,
  type Next,
  noAnswer,
} from './attempt-commands.ts'
import { decide } from './decide.ts'
import type { PublishedType } from './events.ts'
import type { Attempt, NumberRecord, PendingEvent } from './obligation.ts'
import type { RecordInput, Rules } from './record-input.ts'

/** What the ledger needs from outside. */
export interface LedgerPorts extends Omit<AttemptPorts, 'apply'> {
  /** Publishes an event of the plugin; the stream drops repeats. */
  publish(type: PublishedType, event: Omit<PendingEvent, 'type'>): Promise<void>
  readonly rules: Rules
  /** Called once per event, after it has been published. */
  onPublished(event: PendingEvent): void
}

/** A record before and after an input. */
export interface Change {
  readonly before: NumberRecord | undefined
  readonly after: NumberRecord | undefined
}

/** Whether the engine answers. If it does not, the next sweep tries again. */
export type EngineAnswer = 'answers' | 'away'

/** Applies inputs to records, and carries out the effects. */
export interface Ledger {
  /**
   * Applies the inputs one after the other, writes each change, and then carries out the effects.
   *
   * @param inputs read lazily: each after the previous one has been written
   * @throws SwitchyardError while the broker is unreachable
   */
  take(number: string, inputs: Iterable<RecordInput>): Promise<Change>
  /** The same, and also repeats effects in progress, since the engine may have forgotten them. */
  refresh(
    number: string,
    inputs: Iterable<RecordInput>,
    isEngineAsked: boolean,
  ): Promise<EngineAnswer>
}

/** Limit on the commands of one run: withdraw, hand over a place, place, and what their replies lead to. */
const maxSteps = 10

/**
 * Creates the ledger. Every change is written by compare-and-set before its effects
 * are carried out, and every effect can be repeated.
 */
export function createLedger(ports: LedgerPorts): Ledger {
  const { records, clock, rules } = ports

  async function apply(number: string, input: RecordInput): Promise<Change> {
    let before: NumberRecord | undefined
    const after = await records.update(number, (record) => {
      before = record
      return decide(record, input, clock.now(), rules)
    })
    return { before, after }
  }

  const engine = createAttemptCommands({
    ...ports,
    apply: async (number, input) => (await apply(number, input)).after,
  })

  async function carryOut(
    start: NumberRecord | undefined,
    mayPlace: (state: Attempt) => boolean,
  ): Promise<EngineAnswer> {
    const placed = new Set<string>()
    let record = start
    let answer: EngineAnswer = 'answers'
    for (let step = 0; step < maxSteps && record !== undefined; step += 1) {
      const { state } = record.obligation
      const [gift] = record.gifts
      let next: Next
      if (state.type === 'attempt' && state.next !== undefined && state.phase !== 'reached') {
        next = await engine.withdraw(record, state.callId)
      } else if (gift !== undefined) {
        next = await engine.give(record, gift)
      } else if (state.type === 'attempt' && !placed.has(state.callId) && mayPlace(state)) {
        placed.add(state.callId)
        next = await engine.place(record, state)
      } else {
        break
      }
      if (next === noAnswer) {
        answer = 'away'
        break
      }
      record = next
    }
    await publishPending(record)
    return answer
  }

  /** Publishes the record's pending events. */
  async function publishPending(record: NumberRecord | undefined): Promise<void> {
    if (record === undefined || record.unsaid.length === 0) {
      return
    }
    const ids: string[] = []
    try {
      for (const { type, ...event } of record.unsaid) {
        await ports.publish(type as PublishedType, event)
        ids.push(event.id)
      }
    } catch (error) {
      // They stay in the record, and a later sweep publishes them.
      if (!isSwitchyardError(error) || !error.retryable) {
        throw error
      }
    }
    const { before } = await apply(record.number, { type: 'published', ids })
    for (const event of before?.unsaid ?? []) {
      if (ids.includes(event.id)) {
        ports.onPublished(event)
      }
    }
  }

  async function applyAll(number: string, inputs: Iterable<RecordInput>): Promise<Change> {
    let first: Change | undefined
    let after: NumberRecord | undefined
    for (const input of inputs) {
      const change = await apply(number, input)
      first ??= change
      after = change.after
    }
    return { before: first?.before, after }
  }

  return {
    async take(number, inputs) {
      const change = await applyAll(number, inputs)
      const known = attemptOf(change.before)
      await carryOut(change.after, ({ callId }) => callId !== known)
      return change
    },

    async refresh(number, inputs, isEngineAsked) {
      let { after: record } = await applyAll(number, inputs)
      if (!isEngineAsked) {
        await publishPending(record)
        return 'away'
      }
      if (record?.retired !== undefined) {
        const next = await engine.clear(number, record.retired)
        if (next === noAnswer) {
          await publishPending(record)
          return 'away'
        }
        record = next
      }
      return await carryOut(record, () => true)
    },
  }
}

function attemptOf(record: NumberRecord | undefined): string | undefined {
  const state = record?.obligation.state
  return state?.type === 'attempt' ? state.callId : undefined
}
