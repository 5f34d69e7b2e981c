import { z } from 'zod'
import { agentStates, agentStatuses } from '../agent.ts'
import { needLimits } from '../limits.ts'
import { callbackReasons, contactStates, withdrawals } from '../outcomes.ts'
import { preferred, priority, requires, skillLevels } from './needs.ts'

/**
 * The schemas of every command and its answer: the source of the types, of the check when a command
 * arrives, and of docs/commands.md (`npm run docs`).
 */

const instant = (meaning: string) =>
  z
    .int()
    .nonnegative()
    .max(needLimits.instant)
    .describe(meaning)
    .meta({ unit: 'ms since the Unix epoch' })
const span = (meaning: string) => z.int().nonnegative().describe(meaning).meta({ unit: 'ms' })
const name = (meaning: string) => z.string().min(1).max(128).describe(meaning)

const callId = name("the id of the call: the UUID of the caller's channel")
const agent = name('the id of the agent')
const queue = name('the id of the queue')
const uuid = (meaning: string) => z.uuid().toLowerCase().describe(meaning)
const number = z
  .string()
  .regex(
    /^\+?[0-9*#]{1,32}$/,
    'a number consists of digits, "*" and "#", with or without a leading "+"',
  )
const queueTarget = z.strictObject({
  type: z.literal('queue'),
  queue,
  priority: priority.optional(),
  requires: requires.optional(),
})
const flow = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('named'), name: name('a flow of the configuration') }),
  z.strictObject({
    type: z.literal('inline'),
    definition: z
      .record(z.string(), z.unknown())
      .describe('a flow, in the form of the configuration'),
  }),
])
const values = z
  .record(z.string(), z.string())
  .describe('variables of the flow, by name: it may speak them and choose steps by them')

const status = z.enum(agentStatuses)
const state = z.enum(agentStates)

/** A command: its fields, and those of the answer when it was carried out. */
const command = <I extends z.ZodRawShape, R extends z.ZodRawShape>(
  description: string,
  input: I,
  reply: R,
) => ({ description, input: z.strictObject(input), reply: z.object(reply) })

export const commandSchemas = {
  'call.classify': command(
    'Sets what a call needs; with `callId` alone, it reports that nothing is known about the call. If it arrives within `classifyWithin` of `call.arrived`, it applies to the first match; later it applies as long as the call waits.',
    {
      callId,
      requires: requires.optional(),
      priority: priority.optional(),
      preferred: preferred.optional(),
      enqueuedAt: instant(
        'an earlier place in the queue, such as that of a contact that the call replaces',
      ).optional(),
    },
    { isWaiting: z.boolean().describe('false: the call is not in a queue yet') },
  ),
  'call.setPriority': command(
    'Changes the priority of a waiting call. It keeps its place by time of arrival.',
    { callId, priority },
    {},
  ),
  'call.requeue': command(
    'Puts a waiting call in a queue: another one, or the same again.',
    {
      callId,
      queue: queue.optional(),
      keepPlace: z
        .boolean()
        .optional()
        .describe('true: the call keeps the time it has waited; otherwise its wait starts again'),
    },
    { queue, enqueuedAt: instant('its place in the queue') },
  ),
  'call.transfer': command(
    'Transfers a call without asking anybody (blind): to a queue, where its wait starts again, or to a number in the dialplan. An agent who is talking to the caller is released.',
    {
      callId,
      to: z
        .discriminatedUnion('type', [
          queueTarget,
          z.strictObject({ type: z.literal('number'), number }),
        ])
        .describe('the target'),
    },
    {},
  ),
  'call.runFlow': command(
    'Starts a flow for the caller. A waiting call keeps its place. A call in conversation is refused, unless `when` is `afterTalk`.',
    {
      callId,
      flow: flow.describe('the flow'),
      values: values.optional(),
      when: z
        .enum(['now', 'afterTalk'])
        .optional()
        .describe(
          '`afterTalk`: after the agent has hung up, if the caller has not; a later command replaces it. Default: `now`',
        ),
    },
    {},
  ),
  'call.hangUp': command(
    'Ends a call.',
    {
      callId,
      cause: z
        .string()
        .regex(/^[A-Z0-9_]{1,64}$/, 'a cause of the switch, such as NORMAL_CLEARING')
        .optional()
        .describe('the hang-up cause. Default: NORMAL_CLEARING'),
    },
    {},
  ),
  'call.originate': command(
    'Dials a number, by the `outbound` of the tenant. When it answers, a flow starts or the call waits in a queue. `call.dialEnded` reports how the dialling ended.',
    {
      callId: uuid(
        'the id for the call; an id that was used before dials nobody, whichever engine it was given to. Default: a new one',
      ).optional(),
      number: number.describe('the number to dial'),
      callerId: number.optional().describe("the number that is shown. Default: the switch's own"),
      ringMs: span('how long it may ring').optional(),
      onAnswer: z
        .discriminatedUnion('type', [
          queueTarget,
          z.strictObject({ type: z.literal('flow'), flow, values: values.optional() }),
        ])
        .describe('what happens when the number answers'),
    },
    {
      callId,
      isNew: z.boolean().describe('false: that id was dialled before, or is being dialled'),
    },
  ),
  'agent.login': command('Makes an agent available.', { agent }, { state }),
  'agent.logout': command(
    'Logs an agent out; an agent in a call finishes it first.',
    { agent },
    { state },
  ),
  'agent.setStatus': command(
    'Sets the status of an agent; for an agent in a call, a break begins afterwards.',
    {
      agent,
      status: status.describe('the new status'),
      breakReason: name('the reason; only with `onBreak`').optional(),
    },
    { state },
  ),
  'agent.setSkills': command(
    'Replaces all skills of an agent. Waiting calls are matched again.',
    { agent, skills: skillLevels.describe('each skill with its level, 1 (novice) to 5 (expert)') },
    {},
  ),
  'agent.endWrapUp': command('Ends the wrap-up of an agent now.', { agent }, { state }),
  'agent.prolongWrapUp': command(
    'Gives an agent more time for wrap-up.',
    { agent, byMs: span('how much longer').min(1) },
    { endsAt: instant('when it ends now') },
  ),
  'callback.enqueue': command(
    'Promises a customer a call. There is one obligation for each number: a second one is merged with the first.',
    {
      number: number.describe('the number to call'),
      queue,
      enqueuedAt: instant('the place in the queue. Default: now').optional(),
      notBeforeAt: instant('the earliest time to call').optional(),
      expiresAt: instant('the latest time to call').optional(),
      callId: callId.optional().describe('the call that it comes from'),
      reason: z.enum(callbackReasons).describe('why the call is owed'),
    },
    {
      callbackId: name('the id of the obligation'),
      isNew: z.boolean().describe('false: the call was owed already'),
    },
  ),
  'callback.cancel': command(
    'Cancels a call that is owed to a customer.',
    {
      which: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('id'), callbackId: name('the id of the obligation') }),
          z.strictObject({ type: z.literal('number'), number }),
        ])
        .describe('the obligation, by its id or by the number'),
    },
    { isCancelled: z.boolean().describe('false: nothing was owed') },
  ),
  'callback.place': command(
    'Puts a customer who is not on the line in a queue. It is for the service that keeps the obligations; others use `callback.enqueue`. When the turn comes, an agent is reserved, the number is dialled once, and the two are connected; `call.dialEnded` reports how the dialling ended. An engine that ends forgets what was placed: place it again, with the same `callId`.',
    {
      callId: uuid('the id for the call: a new one for each attempt'),
      number: number.describe('the number to dial'),
      queue,
      enqueuedAt: instant('the place in the queue'),
      priority: priority.optional(),
      requires: requires.optional(),
      preferred: preferred.optional(),
      callerId: number.describe("the number that is shown. Default: the tenant's").optional(),
      ringMs: span('how long it may ring').min(1_000).optional(),
      first: z
        .enum(['customer', 'agent'])
        .optional()
        .describe('whose phone rings first. Default: `customer`'),
    },
    {
      state: z
        .enum(contactStates)
        .describe(
          '`waiting`: for its turn; `dialling`: the number is being dialled; `reached`: the customer is on the line; `spent`: this attempt is over or was withdrawn, and another one needs a new `callId`',
        ),
      isNew: z.boolean().describe('false: it had been placed before'),
    },
  ),
  'callback.withdraw': command(
    'Takes back a `callback.place`: the number will not be dialled for this id. A phone that is ringing stops.',
    { callId },
    {
      state: z
        .enum(withdrawals)
        .describe(
          '`withdrawn`: the number will not be dialled; `reached`: too late, the customer is on the line; `unknown`: there is no such contact, or its attempt is over',
        ),
    },
  ),
  'queue.list': command(
    'Lists the queues as they are now.',
    { queue: queue.optional().describe('only this one') },
    {
      queues: z.array(
        z.object({
          queue,
          waiting: z
            .int()
            .nonnegative()
            .describe('calls that wait, customers to be called back included'),
          longestWaitMs: span('of the call that has waited longest'),
          staffed: z
            .int()
            .nonnegative()
            .describe('agents who are available, whatever they are doing'),
          idle: z.int().nonnegative().describe('agents who are free for a call'),
        }),
      ),
    },
  ),
  'agent.list': command(
    'Lists the agents as they are now.',
    { queue: queue.optional().describe('only those of this queue') },
    {
      agents: z.array(
        z.object({
          agent,
          status,
          breakReason: z.string().optional(),
          state,
          queues: z.array(queue),
          skills: skillLevels,
          callId: callId.optional().describe('the call that occupies the agent'),
        }),
      ),
    },
  ),
} as const

export type CommandName = keyof typeof commandSchemas
export type CommandInput<N extends CommandName> = z.input<(typeof commandSchemas)[N]['input']>
/** The answer to a command that was carried out, without `ok: true`. */
export type CommandOutput<N extends CommandName> = Fields<
  z.output<(typeof commandSchemas)[N]['reply']>
>
/** An answer without fields must not become a record of `never`, which cannot have `ok`. */
type Fields<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** What a requirement is made of; see `requires` of `call.classify`. */
export type RequirementStep = z.output<typeof requires>[number]

/** True for the commands of this catalogue. An engine of another version may have others. */
export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commandSchemas, text)
}
