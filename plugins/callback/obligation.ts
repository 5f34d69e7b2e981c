import { callbackReasons, z } from '../../engine/plugin/index.ts'

/**
 * The stored record of a number. It holds one obligation: the live one, or the last
 * that ended. So there are never two obligations for one customer.
 */

const instant = z.int()

/** Outcome of one dial attempt. */
const attemptOutcome = z.enum([
  'connected',
  'busy',
  'declined',
  'noAnswer',
  'unreachable',
  'failed',
  'withdrawn',
  'unknown',
  'machine',
  'hungUp',
  'lost',
])
export type AttemptOutcome = z.output<typeof attemptOutcome>

const endOutcome = z.enum(['connected', 'absorbed', 'cancelled', 'expired', 'givenUp'])
export type EndOutcome = z.output<typeof endOutcome>

const end = z.object({
  type: z.literal('ended'),
  outcome: endOutcome,
  reason: z.string(),
  /** The call that ended it. */
  callId: z.string().optional(),
})

const state = z.discriminatedUnion('type', [
  /** Nothing is placed with the engine. The next attempt is due at `dueAt`. */
  z.object({ type: z.literal('resting'), dueAt: instant }),
  /** A contact is placed with the engine. */
  z.object({
    type: z.literal('attempt'),
    callId: z.string(),
    phase: z.enum(['placed', 'dialling', 'reached']),
    /** An answering machine took the call: when the attempt ends it counts as `machine`. */
    isMachine: z.literal(true).optional(),
    /** When the engine reported it as over, while no event has told the outcome. */
    spentAt: instant.optional(),
    /** What follows the attempt. Unless the customer is reached first, the attempt is withdrawn for it. */
    next: z.union([z.object({ type: z.literal('resting'), dueAt: instant }), end]).optional(),
  }),
  end.extend({ at: instant }),
])

/** What a call required of its agent, as `callback.place` accepts it. */
export const needs = z.object({
  requires: z
    .array(z.object({ afterMs: z.int(), anyOf: z.array(z.record(z.string(), z.int())) }))
    .optional(),
  preferred: z
    .object({
      agents: z.array(z.string()),
      holdMs: z.int().optional(),
      isWhileStaffed: z.boolean().optional(),
    })
    .optional(),
})
export type Needs = z.output<typeof needs>

/** Why a callback is owed. */
export const owedFor = z.enum([...callbackReasons, 'sentAway', 'overflowed', 'lost'])
export type OwedFor = z.output<typeof owedFor>

const obligation = z.object({
  callbackId: z.string(),
  /** The queue the customer is called back from. */
  queue: z.string(),
  owedFor,
  /** The place in the queue. */
  enqueuedAt: instant,
  owedAt: instant,
  /** Time of the latest reason for it: earlier calls and conversations do not settle it. */
  renewedAt: instant,
  expiresAt: instant,
  /** The latest calls that made it owed. */
  calls: z.array(z.string()),
  attempts: z.array(z.object({ callId: z.string(), outcome: attemptOutcome, at: instant })),
  /** How many attempt ids have been derived for it. */
  serial: z.int(),
  /** How many events it has produced. */
  events: z.int(),
  needs,
  state,
})
export type Obligation = z.output<typeof obligation>
/** A contact placed with the engine. */
export type Attempt = Extract<Obligation['state'], { readonly type: 'attempt' }>
/** What follows an attempt. */
export type Next = NonNullable<Attempt['next']>

const past = z.object({
  callbackId: z.string(),
  queue: z.string(),
  owedFor,
  outcome: endOutcome,
  reason: z.string(),
  owedAt: instant,
  endedAt: instant,
  attempts: z.int(),
})

const pendingEvent = z.object({
  id: z.string(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
})
/** An event that has not been published yet. */
export type PendingEvent = z.output<typeof pendingEvent>

export const numberRecord = z.object({
  number: z.string(),
  obligation,
  past: z.array(past),
  /** Pending events, in order: written with the change, published afterwards. */
  unsaid: z.array(pendingEvent),
  /** Places still to be handed over to the calls that absorbed obligations. */
  gifts: z.array(z.object({ callId: z.string(), enqueuedAt: instant, sinceAt: instant })),
  /** The customer is on the line in this call: the number is not dialled before it ends, or for an hour. */
  onLine: z.object({ callId: z.string(), untilAt: instant }).optional(),
  /** The attempt withdrawn last: a command to place it may still be in flight. */
  retired: z.object({ callId: z.string(), at: instant }).optional(),
})
export type NumberRecord = z.output<typeof numberRecord>

/** True while something is owed. */
export function isLive({ state }: Obligation): boolean {
  return state.type !== 'ended'
}

/** Calls whose end changes the record: the one that absorbed the obligation, and the one the customer is in. */
export function callsDependedOn({ obligation, onLine }: NumberRecord): readonly string[] {
  const { state } = obligation
  const end = state.type === 'attempt' ? state.next : state
  const isAbsorbed = end?.type === 'ended' && end.outcome === 'absorbed'
  return [isAbsorbed ? end.callId : undefined, onLine?.callId].filter((one) => one !== undefined)
}
