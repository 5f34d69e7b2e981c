import {
  type Clock,
  type CommandInput,
  isSwitchyardError,
  type PluginCommandClient,
  type PluginKv,
  type Refusal,
} from '../../engine/plugin/index.ts'
import type { CallNote } from './call-note.ts'
import { decide } from './decide.ts'
import type { PublishedType } from './events.ts'
import type { Fact, Rules } from './fact.ts'
import type { Attempt, NumberRecord, Unsaid } from './obligation.ts'

/** What the ledger needs of the world. */
export interface LedgerPorts {
  /** By number. */
  readonly records: PluginKv<NumberRecord>
  /** By call. */
  readonly notes: PluginKv<CallNote>
  readonly commands: Pick<PluginCommandClient, 'command'>
  /** Publishes an event of the plugin; a repeat is dropped. */
  publish(type: PublishedType, event: Omit<Unsaid, 'type'>): Promise<void>
  readonly clock: Clock
  readonly rules: Rules
  /** How a customer is dialled: what `callback.place` says besides whom and when. */
  dialling(number: string, queue: string): Dialling
  /** Hears of each event once, when it has been published. */
  onSaid(event: Unsaid): void
}

export type Dialling = Pick<
  CommandInput<'callback.place'>,
  'number' | 'priority' | 'callerId' | 'ringMs' | 'first'
>

/** A record before and after a fact. */
export interface Change {
  readonly before: NumberRecord | undefined
  readonly after: NumberRecord | undefined
}

/** Whether the engine answers: when it does not, the next sweep tries again. */
export type EngineAnswer = 'answers' | 'away'

/** Changes records by facts, and carries out what follows. */
export interface Ledger {
  /**
   * Writes what facts change, one after the other, and then does what follows.
   *
   * @param facts each is asked for when the one before is written
   * @throws SwitchyardError while the broker is away
   */
  take(number: string, facts: Iterable<Fact>): Promise<Change>
  /** The same, and repeats what is under way: the engine may have forgotten it. */
  refresh(number: string, facts: Iterable<Fact>, isEngineAsked: boolean): Promise<EngineAnswer>
}

/** Steps of one run: withdraw, give, place, and what their answers lead to. */
const mostSteps = 10
/** How long a place is kept for a call that took an obligation over, while the engine is away. */
const giftMs = 24 * 60 * 60_000
const commandTimeoutMs = 1_000
/** How long a command may be on its way to the engine. */
const longestOnTheWayMs = 60_000

/** A command came to nothing: the engine is away, or will not have it now. */
const noAnswer = Symbol('no answer')
type Next = NumberRecord | undefined | typeof noAnswer

/**
 * Creates the ledger. Every change is written, by compare-and-set, before what
 * it leads to is done; everything it leads to can be done again.
 */
export function createLedger(ports: LedgerPorts): Ledger {
  const { records, notes, commands, clock, rules } = ports

  async function apply(number: string, fact: Fact): Promise<Change> {
    let before: NumberRecord | undefined
    const after = await records.update(number, (record) => {
      before = record
      return decide(record, fact, clock.now(), rules)
    })
    return { before, after }
  }

  async function follow(number: string, fact: Fact): Promise<NumberRecord | undefined> {
    return (await apply(number, fact)).after
  }

  async function place(record: NumberRecord, { callId }: Attempt): Promise<Next> {
    const { number, obligation } = record
    const { queue, enqueuedAt, needs } = obligation
    // Events of the attempt do not carry the number.
    await notes.create(callId, { at: clock.now(), number, origin: 'callback' })
    const reply = await commands.command(
      'callback.place',
      { callId, queue, enqueuedAt, ...ports.dialling(number, queue), ...needs },
      { timeoutMs: commandTimeoutMs },
    )
    if (!reply.ok) {
      return isHopeless(reply)
        ? await follow(number, { type: 'placeRefused', callId, code: reply.error.code })
        : noAnswer
    }
    switch (reply.state) {
      case 'dialling':
        return await backUp(callId, await follow(number, { type: 'dialled', callId }))
      case 'reached':
        return await follow(number, { type: 'reached', callId })
      case 'spent':
        return await follow(number, { type: 'spent', callId })
      case 'waiting':
        return await backUp(callId, (await records.get(number))?.value)
    }
  }

  /** Takes back what was placed for an attempt that was over before the command came there. */
  async function backUp(callId: string, record: NumberRecord | undefined): Promise<Next> {
    const state = record?.obligation.state
    if (state?.type !== 'attempt' || state.callId !== callId) {
      await takeBack(callId)
    }
    return record
  }

  async function takeBack(callId: string) {
    return await commands.command('callback.withdraw', { callId }, { timeoutMs: commandTimeoutMs })
  }

  async function withdraw({ number }: NumberRecord, callId: string): Promise<Next> {
    const reply = await takeBack(callId)
    const isUnknown = !reply.ok && reply.error.code === 'callUnknown'
    if (!reply.ok && !isUnknown) {
      return noAnswer
    }
    const isReached = reply.ok && reply.state === 'reached'
    return await follow(number, { type: isReached ? 'reached' : 'withdrawn', callId })
  }

  /** Withdraws once more what was withdrawn: a command to place it may have come after. */
  async function clear(
    number: string,
    { callId, at }: NonNullable<NumberRecord['retired']>,
  ): Promise<Next> {
    const reply = await takeBack(callId)
    if (!reply.ok && reply.error.code !== 'callUnknown') {
      return noAnswer
    }
    if (reply.ok && reply.state === 'reached') {
      return await follow(number, { type: 'reached', callId })
    }
    const isLate = Math.abs(clock.now() - at) >= longestOnTheWayMs
    return await follow(number, isLate ? { type: 'cleared', callId } : { type: 'timePassed' })
  }

  async function give(record: NumberRecord, gift: NumberRecord['gifts'][number]): Promise<Next> {
    const { callId, enqueuedAt, sinceAt } = gift
    const reply = await commands.command(
      'call.classify',
      { callId, enqueuedAt },
      { timeoutMs: commandTimeoutMs, commandId: `callback/${callId}/${sinceAt}` },
    )
    const isOver = clock.now() - sinceAt > giftMs
    return reply.ok || !reply.error.retryable || isOver
      ? await follow(record.number, { type: 'given', callId })
      : noAnswer
  }

  async function carryOut(
    start: NumberRecord | undefined,
    mayPlace: (state: Attempt) => boolean,
  ): Promise<EngineAnswer> {
    const placed = new Set<string>()
    let record = start
    let answer: EngineAnswer = 'answers'
    for (let step = 0; step < mostSteps && record !== undefined; step += 1) {
      const { state } = record.obligation
      const [gift] = record.gifts
      let next: Next
      if (state.type === 'attempt' && state.next !== undefined && state.phase !== 'reached') {
        next = await withdraw(record, state.callId)
      } else if (gift !== undefined) {
        next = await give(record, gift)
      } else if (state.type === 'attempt' && !placed.has(state.callId) && mayPlace(state)) {
        placed.add(state.callId)
        next = await place(record, state)
      } else {
        break
      }
      if (next === noAnswer) {
        answer = 'away'
        break
      }
      record = next
    }
    await tell(record)
    return answer
  }

  /** Publishes what nobody was told yet. */
  async function tell(record: NumberRecord | undefined): Promise<void> {
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
      // Kept in the record, and told by a later sweep.
      if (!isSwitchyardError(error) || !error.retryable) {
        throw error
      }
    }
    const { before } = await apply(record.number, { type: 'said', ids })
    for (const event of before?.unsaid ?? []) {
      if (ids.includes(event.id)) {
        ports.onSaid(event)
      }
    }
  }

  async function applyAll(number: string, facts: Iterable<Fact>): Promise<Change> {
    let first: Change | undefined
    let after: NumberRecord | undefined
    for (const fact of facts) {
      const change = await apply(number, fact)
      first ??= change
      after = change.after
    }
    return { before: first?.before, after }
  }

  return {
    async take(number, facts) {
      const change = await applyAll(number, facts)
      const known = attemptOf(change.before)
      await carryOut(change.after, ({ callId }) => callId !== known)
      return change
    },

    async refresh(number, facts, isEngineAsked) {
      let { after: record } = await applyAll(number, facts)
      if (!isEngineAsked) {
        await tell(record)
        return 'away'
      }
      if (record?.retired !== undefined) {
        const next = await clear(number, record.retired)
        if (next === noAnswer) {
          await tell(record)
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

/** True when placing it again will not help either: the number itself is refused. */
function isHopeless({ error }: Refusal): boolean {
  return error.code === 'numberRefused' || error.code === 'invalid'
}
