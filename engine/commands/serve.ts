import type { Bus } from '../bus/bus.ts'
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commandSchemas,
} from '../catalogue/commands/commands.ts'
import type { Reply } from '../catalogue/refusals.ts'
import { commandSubject, tenantToken } from '../catalogue/subjects.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import {
  type CommandContext,
  type CommandEndpointOptions,
  type CommandOutcome,
  createCommandEndpoint,
} from './command-endpoint.ts'
import { type RunningService, type ServiceEndpoint, startService } from './service.ts'

/** Carries out a command. What it throws becomes a refusal; an answer after the deadline is dropped. */
type CommandHandler<N extends CommandName> = (
  input: CommandInput<N>,
  context: CommandContext,
) => Promise<Reply<CommandOutput<N>>> | Reply<CommandOutput<N>>

/** The handlers of some commands. */
export type CommandHandlers = { readonly [N in CommandName]?: CommandHandler<N> }

/** Commands of the catalogue that plugins serve. */
type PluginCommand = 'callback.enqueue' | 'callback.cancel'

/** A handler for each command of the catalogue that the engine itself serves. */
export type EngineCommandHandlers = {
  readonly [N in Exclude<CommandName, PluginCommand>]: CommandHandler<N>
}

/** Called once for each command, when it ends. */
export type OnCommandEnded = (command: string, outcome: CommandOutcome, durationMs: number) => void

export interface ServeCommandsOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Creates the id of this instance. */
  readonly newId: () => string
  readonly onEnded?: OnCommandEnded
  /** The name shown by `nats micro ls`. @default `switchyard-TENANT` */
  readonly name?: string
  /** @default '1.0.0' */
  readonly version?: string
  /** @default 'Commands of the engine' */
  readonly description?: string
}

/** A running service of commands. */
export interface CommandService extends RunningService {
  /** How many commands have ended so far, by command and outcome. */
  figures(): readonly {
    readonly command: string
    readonly outcome: CommandOutcome
    readonly count: number
  }[]
}

/**
 * Serves the commands of the catalogue that have a handler, as one NATS micro
 * service with an endpoint for each. Every input is checked before its handler
 * sees it. Several engines may serve one tenant: each command goes to one of them.
 *
 * @throws SwitchyardError SY_BUS_INVALID when the tenant cannot be part of a subject
 */
export async function serveCommands(
  bus: Bus,
  tenant: string,
  handlers: CommandHandlers,
  options: ServeCommandsOptions,
): Promise<CommandService> {
  const served = Object.keys(handlers) as CommandName[]
  const counts = countOutcomes(options.onEnded)
  const endpoints = served.map((command): ServiceEndpoint => {
    const [noun = '', verb = ''] = command.split('.')
    return {
      name: `${noun}-${verb}`,
      subject: commandSubject(tenant, noun, verb),
      metadata: { description: commandSchemas[command].description },
      handle: createCommandEndpoint({
        command,
        input: commandSchemas[command].input,
        // Each handler's input is its own command's: the compiler cannot follow the pair.
        handle: handlers[command] as CommandEndpointOptions['handle'],
        clock: options.clock,
        log: options.log,
        onEnded: (outcome, durationMs) => counts.ended(command, outcome, durationMs),
      }),
    }
  })
  const service = await startService(
    bus,
    {
      name: options.name ?? `switchyard-${tenantToken(tenant)}`,
      version: options.version ?? '1.0.0',
      description: options.description ?? 'Commands of the engine',
      metadata: { tenant },
      endpoints,
    },
    options,
  )
  return { ...service, figures: counts.figures }
}

/** Counts by command and outcome, and calls the listener. */
export function countOutcomes(onEnded: OnCommandEnded | undefined) {
  const counts = new Map<string, { command: string; outcome: CommandOutcome; count: number }>()
  return {
    ended(command: string, outcome: CommandOutcome, durationMs: number): void {
      const key = `${command} ${outcome}`
      const one = counts.get(key) ?? { command, outcome, count: 0 }
      one.count += 1
      counts.set(key, one)
      onEnded?.(command, outcome, durationMs)
    },
    figures: () => [...counts.values()].map((one) => ({ ...one })),
  }
}
