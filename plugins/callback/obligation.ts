import { z } from '../../engine/plugin/index.ts'

/**
 * What is kept for a number. One record a number, and in it one obligation that
 * lives, or the last that did: so there are never two for one customer.
 */

const instant = z.int()

/** What became of dialling a number once. */
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
  /** The call that brought it about. */
  callId: z.string().optional(),
})

const state = z.discriminatedUnion('type', [
  /** Nothing is placed with the engine; not before `dueAt`. */
  z.object({ type: z.literal('resting'), dueAt: instant }),
  /** A contact of the engine's. */
  z.object({
    type: z.literal('attempt'),
    callId: z.string(),
    phase: z.enum(['placed', 'dialling', 'reached']),
    /** A machine has answered: so it counts, when it is over. */
    isMachine: z.literal(true).optional(),
    /** Since when the engine says it is over, while no event says how. */
    spentAt: instant.optional(),
    /** What follows when it is over. Until the customer is reached it is being withdrawn for that. */
    next: z.union([z.object({ type: z.literal('resting'), dueAt: instant }), end]).optional(),
  }),
  end.extend({ at: instant }),
])

/** What a call asked of its agent, as `callback.place` takes it. */
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

/** Why a call is owed. */
export const owedFor = z.enum([
  'abandoned',
  'sentAway',
  'overflowed',
  'lost',
  'requested',
  'survey',
  'other',
])
export type OwedFor = z.output<typeof owedFor>

const obligation = z.object({
  callbackId: z.string(),
  /** Where the customer comes back to. */
  queue: z.string(),
  owedFor,
  /** The place in the queue. */
  enqueuedAt: instant,
  owedAt: instant,
  /** When the customer last gave a reason for it: what happened before does not settle it. */
  renewedAt: instant,
  expiresAt: instant,
  /** The calls it comes from, the last few. */
  calls: z.array(z.string()),
  attempts: z.array(z.object({ callId: z.string(), outcome: attemptOutcome, at: instant })),
  /** How many ids of calls were made for it. */
  serial: z.int(),
  /** How many events were made of it. */
  events: z.int(),
  needs,
  state,
})
export type Obligation = z.output<typeof obligation>
/** A contact of the engine's. */
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

const unsaid = z.object({
  id: z.string(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
})
/** An event that is to be published. */
export type Unsaid = z.output<typeof unsaid>

export const numberRecord = z.object({
  number: z.string(),
  obligation,
  past: z.array(past),
  /** Events that nobody was told yet, in order. */
  unsaid: z.array(unsaid),
  /** Places to be given to calls that took them over. */
  gifts: z.array(z.object({ callId: z.string(), enqueuedAt: instant, sinceAt: instant })),
  /** The customer is on the line in this call: nobody is dialled before it is over, or for an hour. */
  onLine: z.object({ callId: z.string(), untilAt: instant }).optional(),
  /** The attempt that was withdrawn last: a command to place it may still be on its way. */
  retired: z.object({ callId: z.string(), at: instant }).optional(),
})
export type NumberRecord = z.output<typeof numberRecord>

/** True while something is owed. */
export function isLive({ state }: Obligation): boolean {
  return state.type !== 'ended'
}

/** Calls whose end will change something: the one that took it over, and the one the customer is in. */
export function callsCountedOn({ obligation, onLine }: NumberRecord): readonly string[] {
  const { state } = obligation
  const end = state.type === 'attempt' ? state.next : state
  const isAbsorbed = end?.type === 'ended' && end.outcome === 'absorbed'
  return [isAbsorbed ? end.callId : undefined, onLine?.callId].filter((one) => one !== undefined)
}
