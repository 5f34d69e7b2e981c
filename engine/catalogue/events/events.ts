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
 * Every event the engine publishes, one schema each: the source of the types,
 * of the checks in tests, and of docs/events.md (`npm run docs`). The engine
 * does not run them when it publishes: its types hold it to them.
 */

const at = z
  .int()
  .nonnegative()
  .describe("when it happened, by the engine's clock")
  .meta({ unit: 'ms since the Unix epoch' })
const instant = (meaning: string) =>
  z.int().nonnegative().describe(meaning).meta({ unit: 'ms since the Unix epoch' })
const span = (meaning: string) => z.int().nonnegative().describe(meaning).meta({ unit: 'ms' })

const originMeaning = 'why the engine dialled it; absent for a caller who came by themselves'
const origin = z.enum(dialReasons).describe(originMeaning)
const call = {
  tenant: z.string().describe('the tenant whose call it is'),
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
      'the flow, by its name in the configuration; `inline` for one that came with a command',
    ),
}
const queued = {
  ...call,
  queue: z.string().describe('the queue the call is in, or was in last'),
  chargedTo: z
    .string()
    .describe(
      'the queue whose figures the wait belongs to: the first that gave the call up, else `queue`',
    ),
  origin: origin.optional().describe(originMeaning),
}
const agent = z.string().describe('the agent, by id')
const offered = {
  ...queued,
  agent,
  offerId: z.string().describe('this attempt to join the call to the agent; each has its own'),
}
const waited = span('how long the caller has waited since `enqueuedAt` of `call.queued`')
const queueWaited = span('how much of that it has waited in this very queue')
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
      switch: z.string().describe('the switch the channel is on, by its id in the configuration'),
      dialledNumber: z.string().describe('what the caller dialled, as the switch was given it'),
      callerNumber: z
        .string()
        .describe("the caller's number as the switch was given it; empty when withheld"),
      callerName: z
        .string()
        .describe("the caller's display name; chosen by the caller, any text, may be empty"),
      origin: origin.optional().describe(originMeaning),
    })
    .describe(
      "A caller reached the engine, or was reached by it, and is about to be routed. The first event of a call that nobody dialled, and the only one of it that carries the caller's number and name.",
    ),
  'call.dialled': z
    .object({
      ...call,
      switch: z.string().describe('the switch that dials, by its id in the configuration'),
      number: z.string().describe('the number of the customer'),
      origin,
      queue: z.string().optional().describe('the queue the customer shall reach, if any'),
      agents: z
        .array(agent)
        .readonly()
        .optional()
        .describe('who is reserved for the customer; absent where nobody is'),
    })
    .describe('The engine dials a number. The first event of a call that it makes.'),
  'call.dialEnded': z
    .object({
      ...call,
      outcome: z
        .enum(dialOutcomes)
        .describe(
          'what became of it; `withdrawn`: a command, or the end of its turn, stopped it; `unknown`: an engine that is gone dialled it, and nobody saw the end. After anything but `answered` the call is over',
        ),
      cause: z.string().describe("the switch's own word, where it gave one"),
      ringMs: span('from the dialling to the end of it'),
    })
    .describe('Dialling a number came to an end.'),
  'call.changed': z
    .object({
      ...queued,
      enqueuedAt: instant('its place in the queue from now on'),
      priority: z.int().describe('as in `call.queued`, from now on'),
      requires: requires.optional().describe('as in `call.queued`, from now on'),
      preferred: preferred.optional().describe('as in `call.queued`, from now on'),
    })
    .describe('More became known of a call while it waited.'),
  'call.queued': z
    .object({
      ...queued,
      enqueuedAt: instant('its place in the queue: kept through overflow and adoption'),
      queueWaitMs: span('how long it has been in this very queue; 0 unless it was found there'),
      priority: z.int().describe('higher is served first'),
      requires: requires
        .optional()
        .describe(
          "what the call itself asks of its agent, instead of the queue's own, as `call.classify` takes it; absent when it brought nothing",
        ),
      preferred: preferred
        .optional()
        .describe(
          'agents who come first for it, as `call.classify` takes them; absent when it brought none',
        ),
      position: z
        .int()
        .positive()
        .optional()
        .describe(
          'how many in its queue are served before it, plus 1; absent when a phone rings for it at once',
        ),
      expectedWaitMs: span('how long the wait is expected to be from now on')
        .optional()
        .describe(
          'how long the wait is expected to be from now on; absent while too little is known',
        ),
      isAdopted: z
        .boolean()
        .describe('true when it was found waiting on the switch after a reconnect or a restart'),
    })
    .describe('A call begins to wait in a queue, or is found waiting there.'),
  'call.offered': z
    .object({
      ...offered,
      waitMs: waited,
      startAfterMs: span('how much later than this event the phone begins to ring'),
      deadlineAt: instant('when the offer ends by itself, whatever is lost in between'),
      matchUs,
    })
    .describe("An agent is reserved and the agent's phone is being rung."),
  'call.matched': z
    .object({
      ...queued,
      agents: z.array(agent).readonly().describe('whose phones ring, in that order'),
      offerId: offered.offerId,
      matchUs,
      decision,
    })
    .describe(
      'Why an offer went where it went. Only as often as `decisions` of the tenant says; after the `call.offered` it explains.',
    ),
  'call.actionDue': z
    .object({
      ...queued,
      name: z.string().describe('the action, as the queue calls it'),
      count: z.int().positive().describe('1 for the first time, then one more each time'),
      waitMs: waited,
      queueWaitMs: queueWaited,
      data: z.record(z.string(), z.string()).readonly().describe('as the configuration has it'),
    })
    .describe(
      'A caller has waited so long in a queue that the queue wants something done about it: it says when, and whoever hears it acts.',
    ),
  'call.offerEnded': z
    .object({
      ...offered,
      outcome: z
        .enum(offerEndings)
        .describe(
          'what became of the offer; `withdrawn` by the engine or the caller, `expired` at its deadline without a word from the switch',
        ),
      cause: z
        .string()
        .describe("the switch's cause, for example USER_BUSY; empty when it gave none"),
    })
    .describe('An offer ended without a conversation. The call waits again unless it ended too.'),
  'call.answered': z
    .object({
      ...offered,
      waitMs: waited,
      queueWaitMs: queueWaited,
      isWithinThreshold: z
        .boolean()
        .describe('true when `waitMs` is within the service-level threshold of `chargedTo`'),
    })
    .describe('Caller and agent hear each other.'),
  'call.held': z.object({ ...queued, agent }).describe('One of the two put the other on hold.'),
  'call.resumed': z
    .object({ ...queued, agent, holdMs: span('how long this hold lasted') })
    .describe('The hold ended and the two hear each other again.'),
  'call.abandoned': z
    .object({
      ...queued,
      waitMs: waited,
      queueWaitMs: queueWaited,
      wasRinging: z.boolean().describe("true when an agent's phone was ringing at that moment"),
    })
    .describe('The caller hung up before anyone answered. The last event of the call.'),
  'call.overflowed': z
    .object({
      ...queued,
      waitMs: waited,
      queueWaitMs: queueWaited,
      reason: z
        .enum([...overflowReasons, 'command'])
        .describe(
          'why the queue gave the caller up: the longest wait is over; it is full; nobody is staffed on arrival; nobody has been staffed for too long; it is no more; a command wants it so',
        ),
      to: z
        .string()
        .describe('where to: `queue ID`, `flow NAME`, `transfer EXTENSION`, or `hangup CAUSE`'),
      toQueue: z
        .string()
        .optional()
        .describe('the queue it goes to, if it does: the wait is not over then'),
      toFlow: z
        .string()
        .optional()
        .describe(
          'the flow it goes to, if it does: what becomes of the call is told when that ends',
        ),
    })
    .describe('The queue gave the caller up, to the place its configuration names.'),
  'call.requeued': z
    .object({
      ...queued,
      waitMs: waited,
      queueWaitMs: queueWaited,
      toQueue: z.string().describe('the queue it waits in from now on'),
    })
    .describe('A waiting call was sent to another queue by a command. It keeps its place.'),
  'call.transferred': z
    .object({
      ...queued,
      agent: agent.optional().describe('the agent who was talking; absent when the call waited'),
      talkMs: span('from the join to the transfer, holds included; 0 when the call waited'),
    })
    .describe(
      'The dialplan took the caller away: a transfer by the agent or by another application. The last event of the call.',
    ),
  'call.completed': z
    .object({
      ...queued,
      agent,
      waitMs: span('how long the caller waited before the answer'),
      talkMs: span('from the join to the end, holds included'),
      holdMs: span('all holds of the conversation together'),
      endedBy: z.enum(talkEnders).describe('who hung up first'),
    })
    .describe(
      'A conversation ended. The last event of the call, unless a flow follows (`flow.started` with `by: afterTalk`).',
    ),
  'call.contained': z
    .object({
      ...call,
      flow: z.string().describe('the flow it ended in'),
      endedBy: z.enum(['caller', 'flow']).describe('who hung up'),
      origin: origin.optional().describe(originMeaning),
      durationMs: span('from its arrival to its end'),
    })
    .describe(
      'A call ended in a flow and never asked for an agent: self-service. The last event of the call.',
    ),
  'call.sentAway': z
    .object({
      ...call,
      flow: z.string().describe('the flow it ended in'),
      end: z
        .enum(['transfer', 'hangup', 'noQueue', 'callerGone', 'takenAway'])
        .describe(
          'by a transfer or a hang-up of the flow; its queue is no more, or gave the call up at this very instant; the caller hung up; the dialplan took the caller away',
        ),
      queue: z.string().optional().describe('the queue it was in last, if it was in any'),
      chargedTo: z.string().optional().describe('as in the other events, where there is a queue'),
      waitMs: span('how long the caller waited before the flow began')
        .optional()
        .describe('how long the caller waited before the flow began; absent without a queue'),
    })
    .describe(
      'A call ended in a flow after a queue had given it up, or was sent elsewhere by it. The last event of the call.',
    ),
  'call.rejected': z
    .object({
      ...call,
      reason: z
        .enum(['noRoute', 'unknownQueue'])
        .describe('no route for the dialled number, or a queue that is not configured'),
    })
    .describe(
      'A caller for whom no route and no queue exists; sent back to the dialplan. The last event of the call.',
    ),
  'call.lost': z
    .object({
      ...call,
      queue: z.string().optional().describe('the queue it was in, if any'),
      chargedTo: z.string().optional().describe('as in the other events, where there is a queue'),
      reason: z.string().describe('what was seen, one word'),
    })
    .describe('A call ended in a way nobody chose. Each is a fault to look into.'),
  'flow.started': z
    .object({
      ...flowing,
      by: z
        .enum(flowReasons)
        .describe(
          'what led to it: the dialled number, a queue that gave the call up, a command, the end of a conversation, the answer to a call of ours',
        ),
      queue: z.string().optional().describe('the queue the call was in, if it was in any'),
    })
    .describe('A flow begins to talk to a caller; anew when another engine has taken the call.'),
  'flow.collected': z
    .object({
      ...flowing,
      name: z.string().describe('the variable, as the flow calls it'),
      value: z
        .string()
        .optional()
        .describe(
          'the key pressed in a menu, the path of a recording, or digits where the flow says `publish: true`; else absent, since it may be secret',
        ),
    })
    .describe('A caller has answered a flow, or left a message.'),
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
        .describe('how it ended; `callerGone` also when the caller was taken away'),
      durationMs: span('how long it talked to the caller'),
    })
    .describe('A flow is over. What becomes of the call is told by the next event.'),
  'agent.stateChanged': z
    .object({
      tenant: z.string().describe('the tenant whose agent it is'),
      agent,
      at,
      state: state.describe('what we see of the agent now; `off` is logged out or on break'),
      previous: state.describe('what we saw before'),
      status: z.enum(agentStatuses).describe('what the agent, or a supervisor, chose'),
      breakReason: z.string().optional().describe('only with `onBreak`'),
      callId: z.string().optional().describe('the call that occupies the agent, if one does'),
    })
    .describe('What we see of an agent changed.'),
} as const

export type EventType = keyof typeof eventSchemas
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>

/** An event before it is wrapped: its type and what it says. */
export type EngineEvent = {
  [T in EventType]: { readonly type: T; readonly data: EventData<T> }
}[EventType]

/** True for the types of this engine; a newer one may publish others. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type)
}

/**
 * Checks an event against its schema, field by field, nothing more and nothing
 * less. For tests: it costs more than publishing does.
 *
 * @throws TypeError naming the fields that are wrong, not their values
 */
export function assertEvent(event: {
  readonly type: string
  readonly data: unknown
}): asserts event is EngineEvent {
  if (!isEventType(event.type)) {
    throw new TypeError(`${event.type} is no event of the engine`)
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
