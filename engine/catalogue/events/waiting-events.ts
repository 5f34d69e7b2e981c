import { z } from 'zod'
import { offerEndings, overflowReasons } from '../outcomes.ts'
import { decision } from './decision-schema.ts'
import { agent, instant, offered, queued, queueWaited, span, waited } from './fields.ts'
import { preferred, requires } from './needs.ts'

const matchUs = z
  .number()
  .nonnegative()
  .describe('how long the engine took from the event that made the match possible to the command')
  .meta({ unit: 'µs' })

/** Events of a call that waits in a queue, and of the offers made for it. */
export const waitingEvents = {
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
} as const
