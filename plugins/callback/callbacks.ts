import {
  type CommandInput,
  type CommandOutput,
  type PluginContext,
  type Refusal,
  type Reply,
  refuse,
  type Subscription,
} from '../../engine/plugin/index.ts'
import { shortId } from './call-ids.ts'
import { type CurrentCall, createCallMirror } from './call-mirror.ts'
import { type CallEvent, type CallNote, callNote } from './call-note.ts'
import { createCalls } from './calls.ts'
import type { DoNotCall } from './do-not-call.ts'
import type { published } from './events.ts'
import type { Owed } from './fact.ts'
import { registerFigures } from './figures.ts'
import { createLedger } from './ledger.ts'
import { isLive, type NumberRecord, numberRecord } from './obligation.ts'
import type { Options } from './options.ts'
import { readSettings } from './settings.ts'
import { sweep } from './sweep.ts'

/** The obligations of a tenant, and what may be done with them. */
export interface Callbacks {
  hear(event: CallEvent): Promise<void>
  enqueue(
    input: CommandInput<'callback.enqueue'>,
  ): Promise<Reply<CommandOutput<'callback.enqueue'>>>
  cancel(input: CommandInput<'callback.cancel'>): Promise<Reply<CommandOutput<'callback.cancel'>>>
  list(filter: ListFilter): Reply<{ callbacks: readonly Shown[]; total: number }>
  show(callbackId: string): Promise<Reply<{ callback: Shown }>>
  reportMachine(callId: string): Promise<Reply<{ isOwed: boolean }>>
  addDoNotCall(raw: string): Promise<Reply<{ isCancelled: boolean }>>
  removeDoNotCall(raw: string): Promise<Reply<{ isRemoved: boolean }>>
  sweep(): Promise<void>
  stop(): Promise<void>
}

export interface ListFilter {
  readonly queue?: string | undefined
  /** @default only those that live */
  readonly isEnded?: boolean | undefined
  readonly limit?: number | undefined
}

/** An obligation, as it is shown to operators: with the number. */
export type Shown = ReturnType<typeof present>

const defaultLimit = 100

type Context = Pick<
  PluginContext<Options, typeof published>,
  | 'tenant'
  | 'instance'
  | 'options'
  | 'clock'
  | 'log'
  | 'metrics'
  | 'commands'
  | 'publish'
  | 'random'
  | 'kv'
  | 'reportHealth'
>

/**
 * Opens what is kept, and makes what works on it.
 *
 * @param doNotCall opened for the same tenant
 * @throws SwitchyardError SY_BUS_UNAVAILABLE
 */
export async function openCallbacks(context: Context, doNotCall: DoNotCall): Promise<Callbacks> {
  const { clock, log, commands, random } = context
  const settings = readSettings(context.options)
  const rules = settings.rules(doNotCall.isBarred)
  const { normalise } = settings.calls
  const records = context.kv('numbers', numberRecord)
  const notes = context.kv('calls', callNote)
  const figures = registerFigures(context.metrics, context.tenant)
  const ledger = createLedger({
    records,
    notes,
    commands,
    clock,
    rules,
    dialling: settings.dialling,
    onSaid: figures.said,
    async publish(type, { id, data }) {
      const subject = String(data['callbackId'])
      // The record's schema keeps it as it was written: by `say`, for this very schema.
      await context.publish(type, { id, subject, data: data as never })
    },
  })
  const mirror = createCallMirror(settings.calls)
  const hear = createCalls({
    notes,
    mirror,
    ledger,
    commands,
    rules: settings.calls,
    answersArrivals: context.options.answerArrivals,
  })
  const byNumber = new Map<string, NumberRecord>()
  const watching: readonly Subscription[] = [
    await records.watch((number, record) => {
      if (record === undefined) {
        byNumber.delete(number)
      } else {
        byNumber.set(number, record)
      }
    }),
    await notes.watch(mirror.set),
  ]

  /** Finds an obligation, also one that another replica made this instant. */
  async function find(callbackId: string): Promise<NumberRecord | undefined> {
    const isIt = ({ obligation }: NumberRecord) => obligation.callbackId === callbackId
    const near = [...byNumber.values()].find(isIt)
    if (near !== undefined) {
      return (await records.get(near.number))?.value
    }
    for (const number of await records.keys()) {
      const kept = await records.get(number)
      if (kept !== undefined && isIt(kept.value)) {
        return kept.value
      }
    }
    return undefined
  }

  /** The call that a customer is in: the one that was named, or any that is known. */
  async function currentCallOf(
    named: string | undefined,
    number: string,
  ): Promise<CurrentCall | undefined> {
    const note = named === undefined ? undefined : (await notes.get(named))?.value
    const isNamed = note?.number === number && note.end === undefined
    return isNamed && named !== undefined
      ? { callId: named, note }
      : mirror.onLine(number, clock.now())
  }

  async function cancelNumber(number: string, reason: 'command' | 'doNotCall'): Promise<boolean> {
    const { before } = await ledger.take(number, [{ type: 'cancelled', reason }])
    const wasLive = before !== undefined && isLive(before.obligation)
    return wasLive && isEnding((await records.get(number))?.value)
  }

  return {
    hear,

    async enqueue({ number: raw, queue, enqueuedAt, notBeforeAt, expiresAt, callId, reason }) {
      const number = normalise(raw)
      if (number === undefined || rules.isBarred(number)) {
        return refuseNumber(number)
      }
      const call = await currentCallOf(callId, number)
      const now = clock.now()
      // What this call has come to is older than the debt, whatever the engine's clock says.
      const at = call === undefined ? now : Math.max(now, latestOf(call.note) + 1)
      const owed: Owed = {
        type: 'owed',
        callbackId: shortId(`${context.instance}/${number}/${at}/${random()}/${random()}`),
        number,
        queue: settings.calls.homeQueue(queue),
        owedFor: reason,
        at,
        enqueuedAt: Math.min(enqueuedAt ?? now, now),
        callId,
        onLineIn: call?.callId,
        notBeforeAt,
        expiresAt,
      }
      const { before, after } = await ledger.take(number, [owed])
      const callbackId = after?.obligation.callbackId ?? owed.callbackId
      return { ok: true, callbackId, isNew: before?.obligation.callbackId !== callbackId }
    },

    async cancel({ which }) {
      const number =
        which.type === 'number' ? normalise(which.number) : (await find(which.callbackId))?.number
      const isCancelled = number !== undefined && (await cancelNumber(number, 'command'))
      return { ok: true, isCancelled }
    },

    list({ queue, isEnded = false, limit = defaultLimit }) {
      const all = [...byNumber.values()]
        .filter(({ obligation }) => isLive(obligation) !== isEnded)
        .filter(({ obligation }) => queue === undefined || obligation.queue === queue)
        .toSorted((a, b) => a.obligation.enqueuedAt - b.obligation.enqueuedAt)
      return { ok: true, callbacks: all.slice(0, limit).map(present), total: all.length }
    },

    async show(callbackId) {
      const record = await find(callbackId)
      return record === undefined
        ? refuse('invalid', 'callbackId: no such callback is kept')
        : { ok: true, callback: present(record) }
    },

    async reportMachine(callId) {
      const note = (await notes.get(callId))?.value
      if (note?.origin !== 'callback' || note.number === undefined) {
        return refuse('callUnknown', 'callId: no callback was made by this call')
      }
      const { after } = await ledger.take(note.number, [{ type: 'machineFound', callId }])
      return { ok: true, isOwed: after !== undefined && isLive(after.obligation) }
    },

    async addDoNotCall(raw) {
      const number = normalise(raw)
      if (number === undefined) {
        return refuseNumber(number)
      }
      await doNotCall.add(number)
      return { ok: true, isCancelled: await cancelNumber(number, 'doNotCall') }
    },

    async removeDoNotCall(raw) {
      const number = normalise(raw)
      return number === undefined
        ? refuseNumber(number)
        : { ok: true, isRemoved: await doNotCall.remove(number) }
    },

    async sweep() {
      const ports = { ledger, notes, rules, clock, log, records: byNumber, calls: mirror }
      const isAnswered = await sweep(ports)
      context.reportHealth('engine', isAnswered ? undefined : 'the engine does not take callbacks')
      figures.owed(byNumber.values())
    },

    async stop() {
      await Promise.all(watching.map((one) => one.stop()))
    },
  }
}

function latestOf({ at, answeredAt = at }: CallNote): number {
  return Math.max(at, answeredAt)
}

/** True when nobody will be dialled any more. */
function isEnding(record: NumberRecord | undefined): boolean {
  const state = record?.obligation.state
  return (
    state === undefined ||
    state.type === 'ended' ||
    (state.type === 'attempt' && state.phase !== 'reached' && state.next?.type === 'ended')
  )
}

function refuseNumber(number: string | undefined): Refusal {
  return number === undefined
    ? refuse('invalid', 'number: none that can be called back: withheld, internal or too short')
    : refuse('numberRefused', 'number: on the list of those who must not be called')
}

function present({ number, obligation, past }: NumberRecord) {
  const { state, needs: _needs, serial: _serial, events: _events, ...facts } = obligation
  return { number, ...facts, state, past }
}
