import { z } from 'zod'

/**
 * Every event the engine publishes, one schema each: the source of the types,
 * of the checks in tests, and of docs/events.md (`npm run docs`).
 */

const epochMs = z.int().nonnegative().describe('milliseconds since the Unix epoch')
const ms = z.int().nonnegative().describe('milliseconds')

const call = {
  tenant: z.string(),
  callId: z.string().describe("the UUID of the caller's channel"),
  at: epochMs.describe("when it happened, by the engine's clock"),
}
const queued = { ...call, queue: z.string() }
const offered = {
  ...queued,
  agent: z.string(),
  offerId: z.string(),
}

export const eventSchemas = {
  'call.arrived': z
    .object({
      ...call,
      switch: z.string(),
      dialledNumber: z.string(),
      callerNumber: z.string(),
      callerName: z.string(),
    })
    .describe('A caller reached the engine and is about to be routed.'),
  'call.queued': z
    .object({
      ...queued,
      enqueuedAt: epochMs.describe('its place: kept through overflow and adoption'),
      priority: z.int(),
      isAdopted: z.boolean().describe('true when found waiting on the switch after a reconnect'),
    })
    .describe('A call waits in a queue.'),
  'call.offered': z
    .object({ ...offered, waitMs: ms, deadlineAt: epochMs, matchUs: z.number() })
    .describe("An agent is reserved and the agent's phone is being rung."),
  'call.offerEnded': z
    .object({
      ...offered,
      outcome: z.enum([
        'busy',
        'declined',
        'noAnswer',
        'unreachable',
        'withdrawn',
        'failed',
        'expired',
      ]),
      cause: z.string().describe("the switch's cause, for example USER_BUSY"),
    })
    .describe('An offer ended without a conversation. The call waits again unless it ended too.'),
  'call.answered': z
    .object({ ...offered, waitMs: ms, isWithinThreshold: z.boolean() })
    .describe('Caller and agent hear each other.'),
  'call.held': z
    .object({ ...queued, agent: z.string() })
    .describe('One of the two put the other on hold.'),
  'call.resumed': z
    .object({ ...queued, agent: z.string(), holdMs: ms })
    .describe('The hold ended.'),
  'call.abandoned': z
    .object({ ...queued, waitMs: ms, wasRinging: z.boolean() })
    .describe('The caller hung up before anyone answered.'),
  'call.overflowed': z
    .object({
      ...queued,
      waitMs: ms,
      reason: z.enum(['maxWait']),
      to: z.string().describe('`queue ID`, `transfer EXTENSION`, or `hangup CAUSE`'),
    })
    .describe('The queue gave the caller up, to the place its configuration names.'),
  'call.transferred': z
    .object({ ...queued, agent: z.string().optional(), talkMs: ms })
    .describe(
      'The dialplan took the caller away: a transfer by the agent or by another application.',
    ),
  'call.completed': z
    .object({
      ...queued,
      agent: z.string(),
      waitMs: ms,
      talkMs: ms.describe('from the join to the end, holds included'),
      holdMs: ms,
      endedBy: z.enum(['caller', 'agent', 'switch']),
    })
    .describe('A conversation ended.'),
  'call.rejected': z
    .object({ ...call, reason: z.enum(['noRoute', 'unknownQueue']) })
    .describe('A caller for whom no route and no queue exists; sent back to the dialplan.'),
  'call.lost': z
    .object({ ...call, queue: z.string().optional(), reason: z.string() })
    .describe('A call ended in a way nobody chose. Each is a fault to look into.'),
  'agent.stateChanged': z
    .object({
      tenant: z.string(),
      agent: z.string(),
      at: epochMs,
      state: z.enum(['idle', 'reserved', 'ringing', 'talking', 'wrapUp', 'off']),
      previous: z.enum(['idle', 'reserved', 'ringing', 'talking', 'wrapUp', 'off']),
      status: z.enum(['loggedOut', 'available', 'onBreak']),
      breakReason: z.string().optional(),
      callId: z.string().optional(),
    })
    .describe('What we see of an agent changed.'),
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>

/** An event before it is wrapped: its type and what it says. */
export type EngineEvent = {
  [T in EventType]: { readonly type: T; readonly data: EventData<T> }
}[EventType]
