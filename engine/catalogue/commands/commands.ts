import { z } from 'zod'
import { agentStates, agentStatuses } from '../agent.ts'
import { needLimits } from '../limits.ts'
import { preferred, priority, requires, skillLevels } from './needs.ts'

/**
 * Every command a service may give, one schema each for what it says and for
 * what is answered: the source of the types, of the check at the door, and of
 * docs/commands.md (`npm run docs`).
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

const callId = name("the call, by the UUID of the caller's channel")
const agent = name('the agent, by id')
const queue = name('the queue, by id')
const uuid = (meaning: string) => z.uuid().toLowerCase().describe(meaning)
const number = z
  .string()
  .regex(/^\+?[0-9*#]{1,32}$/, 'a number is digits, "*" and "#", with or without a leading "+"')
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
    definition: z.record(z.string(), z.unknown()).describe('a flow, as the configuration has it'),
  }),
])
const values = z
  .record(z.string(), z.string())
  .describe('what the flow may say and decide by, by name')

const status = z.enum(agentStatuses)
const state = z.enum(agentStates)

/** A command: what it says, and what is answered when it was carried out. */
const command = <I extends z.ZodRawShape, R extends z.ZodRawShape>(
  description: string,
  input: I,
  reply: R,
) => ({ description, input: z.strictObject(input), reply: z.object(reply) })

export const commandSchemas = {
  'call.classify': command(
    'Says what a call needs, or with `callId` alone that nothing is known of it. Given within `classifyWithin` of `call.arrived` it is there before the first match; later it still counts while the call waits.',
    {
      callId,
      requires: requires.optional(),
      priority: priority.optional(),
      preferred: preferred.optional(),
      enqueuedAt: instant(
        'an earlier place in the queue than its own: that of a contact it takes over',
      ).optional(),
    },
    { isWaiting: z.boolean().describe('false: the call is not in a queue yet') },
  ),
  'call.setPriority': command(
    'Changes the priority of a call that waits. Its time of waiting stays.',
    { callId, priority },
    {},
  ),
  'call.requeue': command(
    'Puts a call back in a queue: the one it was in, or another.',
    {
      callId,
      queue: queue.optional(),
      keepPlace: z
        .boolean()
        .optional()
        .describe('true: with the time it has waited so far; else it starts anew'),
    },
    { queue, enqueuedAt: instant('its place in the queue') },
  ),
  'call.transfer': command(
    'Gives a call away without asking anybody (blind): to a queue, where it waits anew, or to a number of the dialplan. An agent who talks to the caller is free.',
    {
      callId,
      to: z
        .discriminatedUnion('type', [
          queueTarget,
          z.strictObject({ type: z.literal('number'), number }),
        ])
        .describe('where to'),
    },
    {},
  ),
  'call.runFlow': command(
    'Lets a flow talk to the caller. A call that waits keeps its place; one that talks is refused, unless the flow shall come after the talk.',
    {
      callId,
      flow: flow.describe('which'),
      values: values.optional(),
      when: z
        .enum(['now', 'afterTalk'])
        .optional()
        .describe(
          '`afterTalk`: when the agent has left and the caller has not; a later one replaces it. `now` when absent',
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
        .regex(/^[A-Z0-9_]{1,64}$/, 'a cause of the switch, like NORMAL_CLEARING')
        .optional()
        .describe('what the switch is told; NORMAL_CLEARING when absent'),
    },
    {},
  ),
  'call.originate': command(
    'Dials a number, by the `outbound` of the tenant. When it answers, the flow talks or the call waits in the queue; `call.dialEnded` says what became of it.',
    {
      callId: uuid(
        'the id the call shall have; one that was given before dials nobody, whichever engine it was given to. Absent: any',
      ).optional(),
      number: number.describe('whom to dial'),
      callerId: number.optional().describe("the number shown; the switch's own when absent"),
      ringMs: span('how long to let it ring').optional(),
      onAnswer: z
        .discriminatedUnion('type', [
          queueTarget,
          z.strictObject({ type: z.literal('flow'), flow, values: values.optional() }),
        ])
        .describe('what happens when it answers'),
    },
    {
      callId,
      isNew: z.boolean().describe('false: that id was dialled before, or is being dialled'),
    },
  ),
  'agent.login': command('Puts an agent on duty.', { agent }, { state }),
  'agent.logout': command(
    'Takes an agent off duty; after the call, when there is one.',
    { agent },
    { state },
  ),
  'agent.setStatus': command(
    'Chooses what the agent is at; a break begins after the call, when there is one.',
    {
      agent,
      status: status.describe('the choice'),
      breakReason: name('why; only with `onBreak`').optional(),
    },
    { state },
  ),
  'agent.setSkills': command(
    'Replaces all skills of an agent. Calls that wait are looked at again.',
    { agent, skills: skillLevels.describe('skill to level, 1 (novice) to 5 (expert)') },
    {},
  ),
  'agent.endWrapUp': command('Ends the wrap-up of an agent now.', { agent }, { state }),
  'agent.prolongWrapUp': command(
    'Gives an agent more time for the wrap-up.',
    { agent, byMs: span('how much more').min(1) },
    { endsAt: instant('when it ends now') },
  ),
  'callback.enqueue': command(
    'Owes a customer a call. There is one obligation for a number, ever: a second is merged with the first.',
    {
      number: number.describe('whom to call'),
      queue,
      enqueuedAt: instant('the place in the queue; now when absent').optional(),
      notBeforeAt: instant('not earlier than').optional(),
      expiresAt: instant('not later than').optional(),
      callId: callId.optional().describe('the call it comes from'),
      reason: z.enum(['abandoned', 'requested', 'survey', 'other']).describe('why it is owed'),
    },
    {
      callbackId: name('the obligation'),
      isNew: z.boolean().describe('false: it was owed already'),
    },
  ),
  'callback.cancel': command(
    'Cancels what is owed to a customer.',
    {
      which: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('id'), callbackId: name('the obligation') }),
          z.strictObject({ type: z.literal('number'), number }),
        ])
        .describe('the obligation, by its id or by the number'),
    },
    { isCancelled: z.boolean().describe('false: nothing was owed') },
  ),
  'callback.place': command(
    'Puts a customer who is not on the line in a queue, for whoever keeps the obligations; everybody else gives `callback.enqueue`. When the turn comes an agent is reserved, then the number is dialled, once, and the two are joined; `call.dialEnded` says what became of it. An engine forgets what was placed with it when it ends: place it again, by the same `callId`.',
    {
      callId: uuid('the id the call shall have: another one for each attempt'),
      number: number.describe('whom to dial'),
      queue,
      enqueuedAt: instant('the place in the queue'),
      priority: priority.optional(),
      requires: requires.optional(),
      preferred: preferred.optional(),
      callerId: number.describe("the number shown; the tenant's when absent").optional(),
      ringMs: span('how long to let it ring').min(1_000).optional(),
      first: z
        .enum(['customer', 'agent'])
        .optional()
        .describe('who is rung first; the customer when absent'),
    },
    {
      state: z
        .enum(['waiting', 'dialling', 'reached', 'spent'])
        .describe(
          'it waits for its turn; the number is being dialled; the customer is on the line; this attempt is over or was withdrawn, and another needs another `callId`',
        ),
      isNew: z.boolean().describe('false: it had been placed before'),
    },
  ),
  'callback.withdraw': command(
    'Takes back what `callback.place` did: nobody is dialled for this id any more. A phone that rings is stopped.',
    { callId },
    {
      state: z
        .enum(['withdrawn', 'reached', 'unknown'])
        .describe(
          'nobody will be dialled; too late: the customer is on the line; no such contact here, or its attempt is over',
        ),
    },
  ),
  'queue.list': command(
    'Shows the queues as they are now.',
    { queue: queue.optional().describe('only this one') },
    {
      queues: z.array(
        z.object({
          queue,
          waiting: z.int().nonnegative().describe('calls, those to be called back included'),
          longestWaitMs: span('of those that wait'),
          staffed: z.int().nonnegative().describe('agents on duty'),
          idle: z.int().nonnegative().describe('agents free for a call'),
        }),
      ),
    },
  ),
  'agent.list': command(
    'Shows the agents as they are now.',
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
/** What a command is answered with when it was carried out, `ok: true` apart. */
export type CommandOutput<N extends CommandName> = Fields<
  z.output<(typeof commandSchemas)[N]['reply']>
>
/** An answer without fields is no record of `never`: its `ok` would not fit in. */
type Fields<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** What a requirement is made of; see `requires` of `call.classify`. */
export type RequirementStep = z.output<typeof requires>[number]

/** True for the commands of this catalogue; an engine of another version may have others. */
export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commandSchemas, text)
}
