import type { Bus } from '../bus/bus.ts'
import { pluginSubject } from '../catalogue/subjects.ts'
import type { Clock } from '../clock.ts'
import {
  type CommandContext,
  type CommandEndpointOptions,
  createCommandEndpoint,
} from '../commands/command-endpoint.ts'
import { type CommandHandlers, type OnCommandEnded, serveCommands } from '../commands/serve.ts'
import { type RunningService, startService } from '../commands/service.ts'
import type { Logger } from '../log.ts'
import type { Plugin } from './definition.ts'

interface Surroundings {
  readonly clock: Clock
  readonly log: Logger
  readonly newId: () => string
  readonly onEnded: OnCommandEnded
}

/**
 * Serves a plugin's commands as NATS micro services: its own as `TENANT-NAME`,
 * those of the catalogue that it serves as `TENANT-NAME-serves`.
 *
 * @param context passed to each handler together with its input
 */
export async function servePlugin(
  bus: Bus,
  tenant: string,
  plugin: Plugin,
  context: object,
  surroundings: Surroundings,
): Promise<readonly RunningService[]> {
  const { name, version = '1.0.0', description = '', commands = {}, serves = {} } = plugin
  const services: RunningService[] = []
  const withContext = (handle: unknown) => (input: unknown, given: CommandContext) =>
    (handle as (input: unknown, context: object) => ReturnType<CommandEndpointOptions['handle']>)(
      input,
      {
        ...context,
        ...given,
      },
    )

  if (Object.keys(commands).length > 0) {
    const endpoints = Object.entries(commands).map(([command, own]) => ({
      name: command,
      subject: pluginSubject(tenant, name, 'command', command),
      metadata: { description: own.description },
      handle: createCommandEndpoint({
        ...surroundings,
        command,
        input: own.input,
        handle: withContext(own.handle.bind(own)),
        onEnded: (outcome, durationMs) => surroundings.onEnded(command, outcome, durationMs),
      }),
    }))
    const service = {
      name: `${tenant}-${name}`,
      version,
      description,
      metadata: { tenant },
      endpoints,
    }
    services.push(await startService(bus, service, surroundings))
  }
  if (Object.keys(serves).length > 0) {
    const handlers = Object.fromEntries(
      Object.entries(serves).map(([command, handle]) => [command, withContext(handle)]),
    ) as CommandHandlers
    services.push(
      await serveCommands(bus, tenant, handlers, {
        ...surroundings,
        name: `${tenant}-${name}-serves`,
        version,
        description,
      }),
    )
  }
  return services
}
