import type { Bus } from '../bus/bus.ts'
import { refuse } from '../catalogue/refusals.ts'
import { pluginSubject } from '../catalogue/subjects.ts'
import { type CommandOptions, createCommandClient, requestReply } from '../commands/client.ts'
import type { PluginCommandClient } from './context.ts'

/** Creates the command client of a plugin. @param by names the plugin in the logs of those who serve the commands */
export function createPluginCommands(bus: Bus, tenant: string, by: string): PluginCommandClient {
  return {
    ...createCommandClient(bus, tenant, by),
    async toPlugin(plugin, command, input, options = {}) {
      const subject = pluginSubject(tenant, plugin, 'command', command)
      return await requestReply(bus, subject, { ...input, by }, options)
    },
  }
}

/**
 * Binds a command client to its origin, one event in one plugin. Each command gets an id made from
 * the origin and its position, unless the caller gives one. Nothing is sent once `signal` is aborted.
 */
export function bindCommands(
  client: PluginCommandClient,
  origin: string,
  signal: AbortSignal,
): PluginCommandClient {
  let turn = 0

  function bound(options: CommandOptions = {}): CommandOptions {
    turn += 1
    return { commandId: `${origin}/${turn}`, ...options }
  }

  return {
    async command(name, input, options) {
      return signal.aborted ? late() : await client.command(name, input, bound(options))
    },
    async demand(name, input, options) {
      signal.throwIfAborted()
      return await client.demand(name, input, bound(options))
    },
    async toPlugin(plugin, command, input, options) {
      return signal.aborted ? late() : await client.toPlugin(plugin, command, input, bound(options))
    },
  }
}

function late() {
  return refuse('timeout', 'the event handler has exceeded its time limit')
}
