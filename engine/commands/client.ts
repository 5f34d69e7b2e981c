import type { Bus } from '../bus/bus.ts'
import type { CommandInput, CommandName, CommandOutput } from '../catalogue/commands/commands.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { decodeReply, type Refusal, type Reply, refuse } from '../catalogue/refusals.ts'
import { commandSubject } from '../catalogue/subjects.ts'
import { isSwitchyardError, SwitchyardError } from '../errors.ts'
import { defaultTimeoutMs } from './command-endpoint.ts'

export interface CommandOptions {
  /** How long to wait for the answer. @default 2000 */
  readonly timeoutMs?: DurationMs
  /**
   * Makes a repeat harmless: within ten minutes a command with the same id is carried out once,
   * and each repeat gets the same answer. It has no effect after another engine has taken over.
   */
  readonly commandId?: string
}

/** Gives commands. While the broker or the engine is away, `command` resolves to a refusal. */
export interface CommandClient {
  /** Gives a command and resolves to the answer; a refusal is a value. */
  command<N extends CommandName>(
    name: N,
    input: CommandInput<N>,
    options?: CommandOptions,
  ): Promise<Reply<CommandOutput<N>>>
  /**
   * Gives a command that must succeed.
   *
   * @throws SwitchyardError SY_COMMAND_FAILED when trying again may help, SY_COMMAND_REFUSED when not
   */
  demand<N extends CommandName>(
    name: N,
    input: CommandInput<N>,
    options?: CommandOptions,
  ): Promise<CommandOutput<N>>
}

/**
 * Creates a typed client for the commands of one tenant.
 *
 * @param by the name of the sender, for the logs of the engine
 * @throws SwitchyardError SY_BUS_INVALID when the tenant cannot be part of a subject
 */
export function createCommandClient(bus: Bus, tenant: string, by: string): CommandClient {
  commandSubject(tenant, 'call', 'classify')

  async function command<N extends CommandName>(
    name: N,
    input: CommandInput<N>,
    options: CommandOptions = {},
  ): Promise<Reply<CommandOutput<N>>> {
    const [noun = '', verb = ''] = name.split('.')
    const subject = commandSubject(tenant, noun, verb)
    // The engine checked the answer when it wrote it; unknown fields are ignored.
    return (await requestReply(bus, subject, { ...input, by }, options)) as Reply<CommandOutput<N>>
  }

  return {
    command,
    async demand(name, input, options) {
      const reply = await command(name, input, options)
      if (!reply.ok) {
        throw refusalError(name, reply)
      }
      return reply
    },
  }
}

/** Turns a refusal into an error, for callers that cannot continue without the command. */
export function refusalError(name: string, { error }: Refusal): SwitchyardError {
  const code = error.retryable ? 'SY_COMMAND_FAILED' : 'SY_COMMAND_REFUSED'
  return new SwitchyardError(code, `${name}: ${error.code}: ${error.message}`)
}

/** Sends a request to `subject`. Resolves to the answer, or to a refusal with the reason why there is none. */
export async function requestReply(
  bus: Bus,
  subject: string,
  fields: Readonly<Record<string, unknown>>,
  { timeoutMs = defaultTimeoutMs, commandId }: CommandOptions,
): Promise<{ readonly ok: true } | Refusal> {
  const body = { ...fields, timeoutMs, ...(commandId !== undefined && { commandId }) }
  try {
    const data = Buffer.from(JSON.stringify(body))
    return decodeReply(await bus.request(subject, data, timeoutMs))
  } catch (error) {
    return withoutAnswer(error, subject, timeoutMs)
  }
}

function withoutAnswer(error: unknown, subject: string, timeoutMs: DurationMs): Refusal {
  if (!isSwitchyardError(error)) {
    throw error
  }
  switch (error.code) {
    case 'SY_BUS_NO_RESPONDER':
      return refuse(
        'notServed',
        `no service answers on ${subject}: is the engine, or the plugin, running?`,
      )
    case 'SY_BUS_TIMEOUT':
      return refuse('timeout', `no answer within ${timeoutMs} ms; it may have been carried out`)
    case 'SY_BUS_INVALID':
      return refuse('invalid', 'the command is larger than the bus accepts')
    case 'SY_BUS_FORBIDDEN':
      return refuse('forbidden', `the broker does not permit this user to publish to ${subject}`)
    case 'SY_BUS_RESPONDER_FAILED':
      return refuse('failed', 'the service failed while it carried out the command; see its log')
    default:
      return refuse('unavailable', 'the broker cannot be reached')
  }
}
