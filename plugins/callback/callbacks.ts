import {
  type CommandInput,
  type CommandOutput,
  type PluginContext,
  type Refusal,
  type Reply,
  refuse,
} from '../../engine/plugin/index.ts'
import { shortId } from './call-ids.ts'
import { type CurrentCall, createCallMirror } from './call-mirror.ts'
import { type CallEvent, type CallNote, callNote } from './call-note.ts'
import { createCallHandler } from './calls.ts'
import type { DoNotCall } from './do-not-call.ts'
import type { published } from './events.ts'
import { registerFigures } from './figures.ts'
import { createLedger } from './ledger.ts'
import { isLive, type NumberRecord, numberRecord } from './obligation.ts'
import type { Options } from './options.ts'
import { type ListFilter, openRecordIndex, present, type Shown } from './record-index.ts'
import type { Owed } from './record-input.ts'
import { readSettings } from './settings.ts'
import { sweep } from './sweep.ts'

/** The obligations of a tenant, and the operations on them. */
export interface Callbacks {
  handleEvent(event: CallEvent): Promise<void>
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
 * Opens the stores and builds the parts that work on them.
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
  const cutParts = new Set<string>()
  const ledger = createLedger({
    records,
    notes,
    commands,
    clock,
    rules,
    dialling: settings.dialling,
    onPublished: figures.published,
    onNeedsCut(part) {
      figures.needsCut(part)
      if (!cutParts.has(part)) {
        cutParts.add(part)
        log.warn(
          { part },
          'a callback is placed without what the engine would not accept of its needs (logged once)',
        )
      }
    },
    async publish(type, { id, data }) {
      const subject = String(data['callbackId'])
      // `addEvent` built the data for this schema, and the record's schema kept it unchanged.
      await context.publish(type, { id, subject, data: data as never })
    },
  })
  const mirror = createCallMirror(settings.calls)
  const handleEvent = createCallHandler({
    notes,
    mirror,
    ledger,
    commands,
    rules: settings.calls,
    answersArrivals: context.options.answerArrivals,
  })
  const index = await openRecordIndex(records)
  const watchingNotes = await notes.watch(mirror.set)

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
    handleEvent,

    async enqueue({ number: raw, queue, enqueuedAt, notBeforeAt, expiresAt, callId, reason }) {
      const number = normalise(raw)
      if (number === undefined || rules.isBarred(number)) {
        return refuseNumber(number)
      }
      const call = await currentCallOf(callId, number)
      const now = clock.now()
      // The events of this call precede the obligation, even if the engine's clock is ahead.
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
        which.type === 'number'
          ? normalise(which.number)
          : (await index.find(which.callbackId))?.number
      const isCancelled = number !== undefined && (await cancelNumber(number, 'command'))
      return { ok: true, isCancelled }
    },

    list: (filter) => ({ ok: true, ...index.list(filter) }),

    async show(callbackId) {
      const record = await index.find(callbackId)
      return record === undefined
        ? refuse('invalid', 'callbackId: there is no such callback')
        : { ok: true, callback: present(record) }
    },

    async reportMachine(callId) {
      const note = (await notes.get(callId))?.value
      if (note?.origin !== 'callback' || note.number === undefined) {
        return refuse('callUnknown', 'callId: this call is not a callback attempt')
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
      const ports = { ledger, notes, rules, clock, log, records: index.byNumber, calls: mirror }
      const isAnswered = await sweep(ports)
      context.reportHealth(
        'engine',
        isAnswered ? undefined : 'the engine does not answer, or does not accept callbacks now',
      )
      figures.owed(index.byNumber.values())
    },

    async stop() {
      await Promise.all([index.stop(), watchingNotes.stop()])
    },
  }
}

function latestOf({ at, answeredAt = at }: CallNote): number {
  return Math.max(at, answeredAt)
}

/** True when nobody will be dialled any more, unless the customer already is on the line. */
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
    ? refuse('invalid', 'number: cannot be called back: withheld, internal or too short')
    : refuse('numberRefused', 'number: is on the do-not-call list')
}
