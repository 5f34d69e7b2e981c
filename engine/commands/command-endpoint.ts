import { z } from 'zod'
import { createFifo } from '../bus/fifo.ts'
import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import { type Refusal, type Reply, refuse } from '../catalogue/refusals.ts'
import type { Clock } from '../clock.ts'
import { describeFault } from '../describe-fault.ts'
import { isSwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { describeShapeFaults } from './shape-faults.ts'

/** What a handler knows about a command besides its fields. */
export interface CommandContext {
  /** After this time the answer is discarded, so a handler should start nothing. */
  readonly deadlineAt: EpochMs
  /** The name that the sender gave itself: for logs, not for permissions. */
  readonly by: string | undefined
}

/** How a command ended: `ok`, or the code of its refusal. */
export type CommandOutcome = 'ok' | (string & {})

export interface CommandEndpointOptions {
  readonly command: string
  readonly input: z.ZodType
  /** Carries out the command. `input` is the parsed fields. */
  handle(input: unknown, context: CommandContext): Promise<Reply<object>> | Reply<object>
  readonly clock: Clock
  readonly log: Logger
  /** Called once for each command, when it ends. */
  readonly onEnded: (outcome: CommandOutcome, durationMs: DurationMs) => void
}

/** The time limit of a command that has none. */
export const defaultTimeoutMs: DurationMs = 2_000
const maxTimeoutMs: DurationMs = 60_000
/** How long commands with an id are remembered, and how many of them. */
const rememberedMs: DurationMs = 10 * 60_000
const maxRemembered = 10_000

const envelope = z.object({
  timeoutMs: z.int().min(1).max(maxTimeoutMs).optional(),
  commandId: z.string().min(1).max(256).optional(),
  by: z
    .string()
    .regex(/^[\w.@/-]{1,64}$/, 'expected a short name of the sender')
    .optional(),
})
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Creates the endpoint of one command. It reads and checks each request, enforces the deadline,
 * answers invalid requests, and gives a repeated `commandId` the first answer. Never throws.
 */
export function createCommandEndpoint(
  options: CommandEndpointOptions,
): (data: Uint8Array) => Promise<Uint8Array> {
  const { command, clock, log, onEnded } = options
  const memory = createMemory<Reply<object>>(clock)

  async function run(input: unknown, context: CommandContext): Promise<Reply<object>> {
    try {
      const reply: unknown = await options.handle(input, context)
      if (typeof reply !== 'object' || reply === null || !('ok' in reply)) {
        throw new TypeError('a handler must return { ok: true, ... } or a refusal')
      }
      return reply as Reply<object>
    } catch (error) {
      log.error({ command, ...describeFault(error) }, 'the handler of a command threw')
      const { error: failed } = refuse('failed', 'the handler failed; see the log of the service')
      const retryable = isSwitchyardError(error) ? error.retryable : false
      return { ok: false, error: { ...failed, retryable } }
    }
  }

  async function answer(data: Uint8Array): Promise<Reply<object>> {
    const parsed = parse(data, options.input)
    if ('ok' in parsed) {
      return parsed
    }
    const { input, timeoutMs, commandId, by } = parsed
    const begin = () => run(input, { deadlineAt: clock.now() + timeoutMs, by })
    const answering = commandId === undefined ? begin() : memory.once(commandId, begin)
    return await within(clock, timeoutMs, answering)
  }

  return async (data) => {
    const beganUs = clock.microseconds()
    const reply = encode(await answer(data))
    onEnded(reply.outcome, (clock.microseconds() - beganUs) / 1000)
    return reply.bytes
  }
}

function parse(data: Uint8Array, schema: z.ZodType) {
  let raw: unknown
  try {
    raw = JSON.parse(decoder.decode(data))
  } catch {
    return refuse('invalid', 'a command is a JSON object in UTF-8')
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return refuse('invalid', 'a command is a JSON object in UTF-8')
  }
  const { timeoutMs, commandId, by, ...fields } = raw as Record<string, unknown>
  const outside = envelope.safeParse({ timeoutMs, commandId, by })
  const inside = schema.safeParse(fields)
  if (!outside.success || !inside.success) {
    const faults = [outside, inside].flatMap(({ error }) =>
      error === undefined ? [] : [describeShapeFaults(error, 'command')],
    )
    return refuse('invalid', faults.join('; '))
  }
  const { timeoutMs: given = defaultTimeoutMs, ...rest } = outside.data
  return {
    input: inside.data,
    timeoutMs: given,
    commandId: rest.commandId,
    by: rest.by,
  }
}

async function within(
  clock: Clock,
  timeoutMs: DurationMs,
  answering: Promise<Reply<object>>,
): Promise<Reply<object>> {
  return await new Promise<Reply<object>>((resolve) => {
    const timer = clock.setTimer(timeoutMs, () => {
      resolve(refuse('timeout', `not carried out within ${timeoutMs} ms`))
    })
    void answering.then((reply) => {
      timer.cancel()
      resolve(reply)
    })
  })
}

function encode(reply: { readonly ok: true } | Refusal) {
  try {
    const bytes = encoder.encode(JSON.stringify(reply))
    return { bytes, outcome: reply.ok ? 'ok' : reply.error.code }
  } catch {
    const failed = refuse('failed', 'the answer cannot be written as JSON')
    return { bytes: encoder.encode(JSON.stringify(failed)), outcome: failed.error.code }
  }
}

/** Remembers commands that are in progress or were carried out; a refused one may be tried again. */
function createMemory<T extends { readonly ok: boolean }>(clock: Clock) {
  const known = new Map<string, { readonly reply: Promise<T>; readonly at: EpochMs }>()
  const order = createFifo<{ readonly id: string; readonly at: EpochMs }>()

  function forget(): void {
    const since = clock.now() - rememberedMs
    let first = order.first
    while (first !== undefined && (first.at <= since || order.length > maxRemembered)) {
      order.shift()
      if (known.get(first.id)?.at === first.at) {
        known.delete(first.id)
      }
      first = order.first
    }
  }

  return {
    once(id: string, begin: () => Promise<T>): Promise<T> {
      forget()
      const earlier = known.get(id)
      if (earlier !== undefined) {
        return earlier.reply
      }
      const at = clock.now()
      const reply = begin()
      known.set(id, { reply, at })
      order.push({ id, at })
      void reply.then(({ ok }) => {
        if (!ok && known.get(id)?.reply === reply) {
          known.delete(id)
        }
      })
      return reply
    },
  }
}
