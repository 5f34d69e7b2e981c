import type { EpochMs } from '../../engine/plugin/index.ts'
import type { PublishedType } from './events.ts'
import type { EndOutcome, NumberRecord, Obligation } from './obligation.ts'
import type { Owed, Rules } from './record-input.ts'

/** How long to wait for a customer on the line when no event reports the end of the call. */
const maxOnLineMs = 60 * 60_000
const maxCalls = 10
const maxPast = 20

type State = Obligation['state']
type End = Omit<Extract<State, { readonly type: 'ended' }>, 'at'>

/** Changes the obligation of a record. */
export function changed(record: NumberRecord, change: Partial<Obligation>): NumberRecord {
  return { ...record, obligation: { ...record.obligation, ...change } }
}

/** Begins an obligation; the ended one becomes part of `past`. */
export function beginObligation(
  record: NumberRecord | undefined,
  owed: Owed,
  rules: Rules,
): NumberRecord {
  const { callbackId, number, queue, owedFor, at, callId, notBeforeAt = at, needs = {} } = owed
  const calls = new Set([callId, owed.onLineIn].filter((one) => one !== undefined))
  const begun: NumberRecord = {
    ...(record ?? { number, unsaid: [], gifts: [] }),
    past: record === undefined ? [] : [...record.past, summary(record.obligation)].slice(-maxPast),
    obligation: {
      callbackId,
      queue,
      owedFor,
      enqueuedAt: owed.enqueuedAt,
      owedAt: at,
      renewedAt: at,
      expiresAt: owed.expiresAt ?? Math.max(at, notBeforeAt) + rules.expireAfterMs,
      calls: [...calls],
      attempts: [],
      serial: 0,
      events: 0,
      needs,
      state: { type: 'resting', dueAt: notBeforeAt },
    },
    ...onLine(owed),
  }
  return addEvent(begun, 'callback.owed', { ...(callId !== undefined && { callId }) })
}

/** Merges another reason into a live obligation: the earlier place and the later expiry apply. */
export function renewObligation(record: NumberRecord, owed: Owed, rules: Rules): NumberRecord {
  const { obligation } = record
  const { callId, at } = owed
  if (callId !== undefined && obligation.calls.includes(callId)) {
    return record
  }
  const { state } = obligation
  return changed(
    { ...record, ...onLine(owed) },
    {
      enqueuedAt: Math.min(obligation.enqueuedAt, owed.enqueuedAt),
      renewedAt: Math.max(obligation.renewedAt, at),
      expiresAt: Math.max(obligation.expiresAt, owed.expiresAt ?? at + rules.expireAfterMs),
      calls:
        callId === undefined ? obligation.calls : [...obligation.calls, callId].slice(-maxCalls),
      // A pending end is revoked.
      state:
        state.type === 'attempt' && state.next?.type === 'ended'
          ? { ...state, next: { type: 'resting', dueAt: at } }
          : state,
    },
  )
}

function onLine({ onLineIn, at }: Owed): Pick<NumberRecord, 'onLine'> {
  return onLineIn === undefined ? {} : lineUntilOver(onLineIn, at)
}

/** Holds back dialling until this call is over. */
export function lineUntilOver(
  callId: string,
  now: EpochMs,
): Required<Pick<NumberRecord, 'onLine'>> {
  return { onLine: { callId, untilAt: now + maxOnLineMs } }
}

/** Ends an obligation. If a call absorbs it, the place is to be handed over to that call. */
export function endObligation(
  record: NumberRecord,
  { outcome, reason, callId }: End,
  now: EpochMs,
): NumberRecord {
  const { owedAt, enqueuedAt } = record.obligation
  const by = callId === undefined ? {} : { callId }
  const ended = changed(record, { state: { type: 'ended', outcome, reason, ...by, at: now } })
  const owedMs = Math.max(0, now - owedAt)
  const told = addEvent(ended, `callback.${outcome}`, { reason, ...by, owedMs })
  return outcome === 'absorbed' && callId !== undefined
    ? { ...told, gifts: [...told.gifts, { callId, enqueuedAt, sinceAt: now }] }
    : told
}

/** Adds an event to the record's pending ones. */
export function addEvent(
  record: NumberRecord,
  type: PublishedType,
  own: Readonly<Record<string, unknown>>,
): NumberRecord {
  const { number, obligation, unsaid } = record
  const { callbackId, queue, owedFor, attempts, enqueuedAt, expiresAt, state } = obligation
  const events = obligation.events + 1
  const data = {
    callbackId,
    queue,
    owedFor,
    attempts: attempts.length,
    ...(type === 'callback.owed' && {
      number,
      enqueuedAt,
      expiresAt,
      dueAt: state.type === 'resting' ? state.dueAt : enqueuedAt,
    }),
    ...own,
  }
  return {
    ...changed(record, { events }),
    unsaid: [...unsaid, { id: `${callbackId}.${events}`, type, data }],
  }
}

function summary({ state, ...obligation }: Obligation): NumberRecord['past'][number] {
  const { callbackId, queue, owedFor, owedAt, attempts } = obligation
  const ended = state.type === 'ended' ? state : undefined
  const outcome: EndOutcome = ended?.outcome ?? 'cancelled'
  return {
    callbackId,
    queue,
    owedFor,
    outcome,
    reason: ended?.reason ?? '',
    owedAt,
    endedAt: ended?.at ?? owedAt,
    attempts: attempts.length,
  }
}

/** Removes an optional part of a record. */
export function without(record: NumberRecord, key: 'onLine' | 'retired'): NumberRecord {
  const { [key]: _gone, ...rest } = record
  return rest
}

/** Removes the pending hand-over of a place to a call. */
export function withoutGift(record: NumberRecord, callId: string): NumberRecord {
  const gifts = record.gifts.filter((gift) => gift.callId !== callId)
  return gifts.length === record.gifts.length ? record : { ...record, gifts }
}
