import { z } from 'zod'
import { flowReasons } from '../outcomes.ts'
import { flowing, span } from './fields.ts'

/** Events of a flow that talks to a caller. */
export const flowEvents = {
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
} as const
