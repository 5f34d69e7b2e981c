import {
  type Clock,
  judgeNeeds,
  type PluginCommandClient,
  type PluginKv,
  type Refusal,
} from '../../engine/plugin/index.ts'
import type { CallNote } from './call-note.ts'
import type { Attempt, Needs, NumberRecord } from './obligation.ts'
import type { RecordInput } from './record-input.ts'
import type { Dialling } from './settings.ts'

/** What the commands need from outside. */
export interface AttemptPorts {
  /** By number. */
  readonly records: PluginKv<NumberRecord>
  /** By call. */
  readonly notes: PluginKv<CallNote>
  readonly commands: Pick<PluginCommandClient, 'command'>
  readonly clock: Clock
  /** How a customer is dialled: the input of `callback.place` that depends on number and queue. */
  dialling(number: string, queue: string): Dialling
  /** Called when a contact is placed without a part of what the call required. */
  onNeedsCut(part: keyof Needs): void
  /** Applies an input to the record of a number. Resolves to the new record. */
  apply(number: string, input: RecordInput): Promise<NumberRecord | undefined>
}

/** The commands to the engine that carry out a record. Each applies the reply, and resolves to the new record. */
export interface AttemptCommands {
  place(record: NumberRecord, attempt: Attempt): Promise<Next>
  withdraw(record: NumberRecord, callId: string): Promise<Next>
  /** Withdraws an attempt a second time: a command to place it may have arrived in between. */
  clear(number: string, retired: NonNullable<NumberRecord['retired']>): Promise<Next>
  /** Hands the place of an absorbed obligation over to the call that absorbed it. */
  give(record: NumberRecord, gift: NumberRecord['gifts'][number]): Promise<Next>
}

/** How long to keep trying to hand a place to a call while the engine is unreachable. */
const giftMs = 24 * 60 * 60_000
const commandTimeoutMs = 1_000
/** How long a command may be in flight to the engine. */
const maxOnTheWayMs = 60_000

/** A command failed for now: the engine is unreachable, or cannot take it yet. */
export const noAnswer = Symbol('no answer')
/** The record after a command, or {@link noAnswer}. */
export type Next = NumberRecord | undefined | typeof noAnswer

/** Creates the commands. Every one of them can be repeated. */
export function createAttemptCommands(ports: AttemptPorts): AttemptCommands {
  const { records, notes, commands, clock, dialling, apply } = ports

  async function place(record: NumberRecord, { callId }: Attempt): Promise<Next> {
    const { number, obligation } = record
    const { queue, enqueuedAt, needs } = obligation
    // Events of the attempt do not carry the number.
    await notes.create(callId, { at: clock.now(), number, origin: 'callback' })
    const reply = await commands.command(
      'callback.place',
      { callId, queue, enqueuedAt, ...dialling(number, queue), ...accepted(needs) },
      { timeoutMs: commandTimeoutMs },
    )
    if (!reply.ok) {
      return isHopeless(reply)
        ? await apply(number, { type: 'placeRefused', callId, code: reply.error.code })
        : noAnswer
    }
    switch (reply.state) {
      case 'dialling':
        return await undoIfOver(callId, await apply(number, { type: 'dialled', callId }))
      case 'reached':
        return await apply(number, { type: 'reached', callId })
      case 'spent':
        return await apply(number, { type: 'spent', callId })
      case 'waiting':
        return await undoIfOver(callId, (await records.get(number))?.value)
    }
  }

  /** What the engine accepts of stored needs: another version may have had wider limits. */
  function accepted({ requires, preferred }: Needs): Needs {
    const isWithin = (part: keyof Needs, needs: Needs) => {
      const isAccepted = judgeNeeds(needs) === undefined
      if (!isAccepted) {
        ports.onNeedsCut(part)
      }
      return isAccepted
    }
    return {
      ...(requires !== undefined && isWithin('requires', { requires }) && { requires }),
      ...(preferred !== undefined && isWithin('preferred', { preferred }) && { preferred }),
    }
  }

  /** Withdraws a contact again if its attempt ended while the command was in flight. */
  async function undoIfOver(callId: string, record: NumberRecord | undefined): Promise<Next> {
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
    return await apply(number, { type: isReached ? 'reached' : 'withdrawn', callId })
  }

  async function clear(
    number: string,
    { callId, at }: NonNullable<NumberRecord['retired']>,
  ): Promise<Next> {
    const reply = await takeBack(callId)
    if (!reply.ok && reply.error.code !== 'callUnknown') {
      return noAnswer
    }
    if (reply.ok && reply.state === 'reached') {
      return await apply(number, { type: 'reached', callId })
    }
    const isLate = Math.abs(clock.now() - at) >= maxOnTheWayMs
    return await apply(number, isLate ? { type: 'cleared', callId } : { type: 'timePassed' })
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
      ? await apply(record.number, { type: 'placeGiven', callId })
      : noAnswer
  }

  return { place, withdraw, clear, give }
}

/** True when placing it again cannot help: the number itself is refused. */
function isHopeless({ error }: Refusal): boolean {
  return error.code === 'numberRefused' || error.code === 'invalid'
}
