import { z } from 'zod'
import { agentStates, agentStatuses } from '../agent.ts'
import {
  dialOutcomes,
  dialReasons,
  flowReasons,
  offerEndings,
  overflowReasons,
  talkEnders,
} from '../outcomes.ts'
import { decision } from './decision-schema.ts'
import { preferred, requires } from './needs.ts'

/**
 * The schema of every event the engine publishes: the source of the types, of the checks in tests,
 * and of docs/events.md (`npm run docs`). The engine does not check the events it publishes:
 * the compiler does.
 */

const at = z
  .int()
  .nonnegative()
  .describe("when it happened, by the engine's clock")
  .meta({ unit: 'ms since the Unix epoch' })
const instant = (meaning: string) =>
  z.int().nonnegative().describe(meaning).meta({ unit: 'ms since the Unix epoch' })
const span = (meaning: string) => z.int().nonnegative().describe(meaning).meta({ unit: 'ms' })

const originMeaning = 'why the engine dialled; absent for a caller who called in'
const origin = z.enum(dialReasons).describe(originMeaning)
const call = {
  tenant: z.string().describe('the tenant of the call'),
  callId: z
    .string()
    .describe("the UUID of the caller's channel; the same in every event of the call"),
  at,
}
const flowing = {
  ...call,
  flow: z
    .string()
    .describe(
      'the name of the flow in the configuration; `inline` for one that came with a command',
    ),
}
const queued = {
  ...call,
  queue: z.string().describe('the queue that the call is in, or was in last'),
  chargedTo: z
    .string()
    .describe(
      'the queue whose figures the wait counts in: the first queue that gave the call up, otherwise `queue`',
    ),
  origin: origin.optional().describe(originMeaning),
}
const agent = z.string().describe('the id of the agent')
const offered = {
  ...queued,
  agent,
  offerId: z.string().describe('the id of this attempt to connect the call to the agent; unique'),
}
const waited = span('how long the caller has waited since `enqueuedAt` of `call.queued`')
const queueWaited = span('how much of that it has waited in this queue')
const matchUs = z
  .number()
  .nonnegative()
  .describe('how long the engine took from the event that made the match possible to the command')
  .meta({ unit: 'µs' })
const state = z.enum(agentStates)

export const eventSchemas = {
  'call.arrived': z
    .object({
      ...call,
      switch: z
        .string()
        .describe('the switch that has the channel, by its id in the configuration'),
      dialledNumber: z.string().describe('the dialled number, as the switch received it'),
      callerNumber: z
        .string()
        .describe("the caller's number, as the switch received it; empty when withheld"),
      callerName: z
        .string()
        .describe("the caller's display name: any text that the caller chose, possibly empty"),
      origin: origin.optional().describe(originMeaning),
    })
    .describe(
      "A caller has reached the engine, or has answered a call by it, and is about to be routed. It is the first event of an incoming call, and the only one with the caller's number and name.",
    ),
  'call.dialled': z
    .object({
      ...call,
      switch: z.string().describe('the switch that dials, by its id in the configuration'),
      number: z.string().describe('the number of the customer'),
      origin,
      queue: z.string().optional().describe('the queue that the customer will reach, if any'),
      agents: z
        .array(agent)
        .readonly()
        .optional()
        .describe('the agents who are reserved for the customer; absent when there are none'),
    })
    .describe('The engine dials a number. It is the first event of an outgoing call.'),
  'call.dialEnded': z
    .object({
      ...call,
      outcome: z
        .enum(dialOutcomes)
        .describe(
          'how it ended; `withdrawn`: stopped by a command or by the end of its turn; `unknown`: the engine that dialled is gone, and nobody saw the end. Unless it was `answered`, the call is over',
        ),
      cause: z.string().describe('the cause that the switch gave, if any'),
      ringMs: span('from dialling to its end'),
    })
    .describe('The dialling of a number has ended.'),
  'call.changed': z
    .object({
      ...queued,
      enqueuedAt: instant('its place in the queue from now on'),
      priority: z.int().describe('as in `call.queued`, from now on'),
      requires: requires.optional().describe('as in `call.queued`, from now on'),
      preferred: preferred.optional().describe('as in `call.queued`, from now on'),
    })
    .describe('A waiting call has new needs, a new priority or another place.'),
  'call.queued': z
    .object({
      ...queued,
      enqueuedAt: instant(
        'its place in the queue; kept when it overflows or another engine adopts it',
      ),
      queueWaitMs: span('how long it has been in this queue; 0 unless it was found there'),
      priority: z.int().describe('higher is served first'),
      requires: requires
        .optional()
        .describe(
          "what the call itself requires of its agent, instead of the queue's requirements, in the form of `call.classify`; absent when the call brought none",
        ),
      preferred: preferred
        .optional()
        .describe(
          'the agents it prefers, in the form of `call.classify`; absent when the call brought none',
        ),
      position: z
        .int()
        .positive()
        .optional()
        .describe(
          'how many calls in its queue are served before it, plus 1; absent when a phone rings for it at once',
        ),
      expectedWaitMs: span('how much longer the call is expected to wait')
        .optional()
        .describe('how much longer the call is expected to wait; absent while too little is known'),
      isAdopted: z
        .boolean()
        .describe('true when it was found waiting on the switch after a reconnect or a restart'),
    })
    .describe('A call has begun to wait in a queue, or was found waiting there.'),
  'call.offered': z
    .object({
      ...offered,
      waitMs: waited,
      startAfterMs: span('the time from this event until the phone begins to ring'),
      deadlineAt: instant('when the offer ends by itself, even if messages are lost'),
      matchUs,
    })
    .describe("An agent is reserved for the call, and the agent's phone is rung."),
  'call.matched': z
    .object({
      ...queued,
      agents: z.array(agent).readonly().describe('the agents whose phones ring, in that order'),
      offerId: offered.offerId,
      matchUs,
      decision,
    })
    .describe(
      'Explains why these agents were offered the call. Published after `call.offered`, as often as `decisions` of the tenant sets.',
    ),
  'call.actionDue': z
    .object({
      ...queued,
      name: z.string().describe('the name of the action in the queue'),
      count: z.int().positive().describe('1 the first time, then one more each time'),
      waitMs: waited,
      queueWaitMs: queueWaited,
      data: z
        .record(z.string(), z.string())
        .readonly()
        .describe('the data of the action in the configuration'),
    })
    .describe(
      'A caller has waited so long that an action of the queue is due. The engine only announces it: a subscriber acts.',
    ),
  'call.offerEnded': z
    .object({
      ...offered,
      outcome: z
        .enum(offerEndings)
        .describe(
          'how the offer ended; `withdrawn`: by the engine or the caller; `expired`: its deadline passed without news from the switch',
        ),
      cause: z
        .string()
        .describe("the switch's cause, for example USER_BUSY; empty when it gave none"),
    })
    .describe(
      'An offer has ended without a conversation. The call waits again, unless it has ended too.',
    ),
  'call.answered': z
    .object({
      ...offered,
      waitMs: waited,
      queueWaitMs: queueWaited,
      isWithinThreshold: z
        .boolean()
        .describe('whether `waitMs` is within the service-level threshold of `chargedTo`'),
    })
    .describe('The caller and the agent are connected.'),
  'call.held': z.object({ ...queued, agent }).describe('One of the two has put the other on hold.'),
  'call.resumed': z
    .object({ ...queued, agent, holdMs: span('how long this hold lasted') })
    .describe('The hold has ended: the two hear each other again.'),
  'call.abandoned': z
    .object({
      ...queued,
      waitMs: waited,
      queueWaitMs: queueWaited,
      wasRinging: z.boolean().describe("whether an agent's phone was ringing at that moment"),
    })
    .describe('The caller has hung up before an agent answered. It is the last event of the call.'),
  'call.overflowed': z
    .object({
      ...queued,
      waitMs: waited,
      queueWaitMs: queueWaited,
      reason: z
        .enum([...overflowReasons, 'command'])
        .describe(
          'why the queue gave the call up: `maxWait`: the call has waited too long; `full`: the queue was full; `joinUnstaffed`: nobody was staffed on arrival; `unstaffed`: nobody has been staffed for too long; `removed`: the queue is no longer configured; `command`: a command asked for it',
        ),
      to: z
        .string()
        .describe(
          'where the call goes: `queue ID`, `flow NAME`, `transfer EXTENSION` or `hangup CAUSE`',
        ),
      toQueue: z
        .string()
        .optional()
        .describe('the queue that the call goes to, if it does: then the wait continues'),
      toFlow: z
        .string()
        .optional()
        .describe(
          'the flow that the call goes to, if it does: a later event reports how the call went on',
        ),
    })
    .describe(
      'The queue has given the call up, to the target in its configuration or in a command.',
    ),
  'call.requeued': z
    .object({
      ...queued,
      waitMs: waited,
      queueWaitMs: queueWaited,
      toQueue: z.string().describe('the queue in which it waits from now on'),
    })
    .describe(
      'A command has put a waiting call in a queue: another one, or the same again. Its wait starts again, unless the command `call.requeue` had `keepPlace: true`; `call.queued` follows with its place.',
    ),
  'call.transferred': z
    .object({
      ...queued,
      agent: agent
        .optional()
        .describe('the agent who was in the conversation; absent when the call was waiting'),
      talkMs: span('from the answer to the transfer, holds included; 0 when the call was waiting'),
    })
    .describe(
      'The dialplan has taken the caller away: the agent or another application transferred the call. It is the last event of the call.',
    ),
  'call.completed': z
    .object({
      ...queued,
      agent,
      waitMs: span('how long the caller waited before the answer'),
      talkMs: span('from the answer to the end, holds included'),
      holdMs: span('all holds of the conversation together'),
      endedBy: z.enum(talkEnders).describe('who hung up first'),
    })
    .describe(
      'A conversation has ended. It is the last event of the call, unless a flow follows (`flow.started` with `by: afterTalk`).',
    ),
  'call.contained': z
    .object({
      ...call,
      flow: z.string().describe('the flow in which it ended'),
      endedBy: z.enum(['caller', 'flow']).describe('who hung up'),
      origin: origin.optional().describe(originMeaning),
      durationMs: span('from its arrival to its end'),
    })
    .describe(
      'A call has ended in a flow without ever asking for an agent: self-service. It is the last event of the call.',
    ),
  'call.sentAway': z
    .object({
      ...call,
      flow: z.string().describe('the flow in which it ended'),
      end: z
        .enum(['transfer', 'hangup', 'noQueue', 'callerGone', 'takenAway'])
        .describe(
          'how: `transfer`, `hangup`: by the flow; `noQueue`: the queue that the flow led to is not configured, or gave the call up at once; `callerGone`: the caller hung up; `takenAway`: the dialplan took the caller away',
        ),
      queue: z.string().optional().describe('the queue that it was in last, if any'),
      chargedTo: z.string().optional().describe('as in the other events, where there is a queue'),
      waitMs: span('how long the caller waited before the flow began')
        .optional()
        .describe('how long the caller waited before the flow began; absent without a queue'),
    })
    .describe(
      'A call has ended in a flow after a queue had given it up, or a flow has sent it elsewhere. It is the last event of the call.',
    ),
  'call.rejected': z
    .object({
      ...call,
      reason: z
        .enum(['noRoute', 'unknownQueue'])
        .describe(
          '`noRoute`: no route fits the dialled number, or the flow cannot be used; `unknownQueue`: the queue is not configured',
        ),
    })
    .describe(
      'The engine has no queue or flow for a caller, and does not take the call. The caller is left to the way out that the dialplan has scheduled; without one, the engine hangs up with `UNALLOCATED_NUMBER`. It is the last event of the call.',
    ),
  'call.lost': z
    .object({
      ...call,
      queue: z.string().optional().describe('the queue that it was in, if any'),
      chargedTo: z.string().optional().describe('as in the other events, where there is a queue'),
      reason: z.string().describe('what the engine saw, in one word'),
    })
    .describe('A call has ended in a way that nobody chose. Each one is a fault to look into.'),
  'flow.started': z
    .object({
      ...flowing,
      by: z
        .enum(flowReasons)
        .describe(
          'what started it: `route`: the dialled number; `overflow`: a queue that gave the call up; `command`: a command; `afterTalk`: the end of a conversation; `originate`: the answer to an outgoing call',
        ),
      queue: z.string().optional().describe('the queue that the call was in, if any'),
    })
    .describe('A flow has begun. It begins again when another engine takes over the call.'),
  'flow.collected': z
    .object({
      ...flowing,
      name: z.string().describe('the name of the variable in the flow'),
      value: z
        .string()
        .optional()
        .describe(
          'the key pressed in a menu, the path of a recording, or the digits when the step has `publish: true`; otherwise absent, since it may be secret',
        ),
    })
    .describe('A caller has answered a question of a flow, or left a message.'),
  'flow.ended': z
    .object({
      ...flowing,
      outcome: z
        .enum([
          'completed',
          'queue',
          'transfer',
          'hangup',
          'unanswered',
          'timeLimit',
          'callerGone',
          'failed',
        ])
        .describe('how it ended; `callerGone`: the caller hung up or was taken away'),
      durationMs: span('how long it lasted'),
    })
    .describe('A flow has ended. The next event shows how the call goes on.'),
  'agent.stateChanged': z
    .object({
      tenant: z.string().describe('the tenant of the agent'),
      agent,
      at,
      state: state.describe('the state of the agent now; `off`: logged out or on break'),
      previous: state.describe('the state before'),
      status: z.enum(agentStatuses).describe('the status that the agent, or a supervisor, chose'),
      breakReason: z.string().optional().describe('the reason; only with `onBreak`'),
      callId: z.string().optional().describe('the call that occupies the agent, if any'),
    })
    .describe('The state of an agent has changed.'),
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>

/** An event without its envelope: type and data. */
export type EngineEvent = {
  [T in EventType]: { readonly type: T; readonly data: EventData<T> }
}[EventType]

/** True for the types of this engine. A newer engine may publish others. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type)
}

/**
 * Checks that an event has exactly the fields of its schema. For tests: it costs more than
 * publishing does.
 *
 * @throws TypeError naming the fields that are wrong, not their values
 */
export function assertEvent(event: {
  readonly type: string
  readonly data: unknown
}): asserts event is EngineEvent {
  if (!isEventType(event.type)) {
    throw new TypeError(`${event.type} is not an event of the engine`)
  }
  const { error } = eventSchemas[event.type].strict().safeParse(event.data)
  if (error !== undefined) {
    const faults = error.issues.map(
      ({ code, path, ...rest }) =>
        `${path.join('.') || ('keys' in rest ? rest.keys.join() : 'data')} (${code})`,
    )
    throw new TypeError(`${event.type}: ${faults.join(', ')}`)
  }
}
