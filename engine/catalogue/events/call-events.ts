import { z } from 'zod'
import { dialOutcomes, talkEnders } from '../outcomes.ts'
import {
  agent,
  call,
  offered,
  origin,
  originMeaning,
  queued,
  queueWaited,
  span,
  waited,
} from './fields.ts'

/** Events of a call that comes to the engine, or that it makes. */
export const arrivalEvents = {
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
} as const

/** Events of a conversation, and of the end of a call. */
export const talkEvents = {
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
  'call.lost': z
    .object({
      ...call,
      queue: z.string().optional().describe('the queue that it was in, if any'),
      chargedTo: z.string().optional().describe('as in the other events, where there is a queue'),
      reason: z.string().describe('what the engine saw, in one word'),
    })
    .describe('A call has ended in a way that nobody chose. Each one is a fault to look into.'),
} as const
