import type { DurationMs } from '../catalogue/ids.ts'
import type { CommandOutcome } from '../commands/door.ts'
import type { DeliveryOutcome } from './handle-delivery.ts'
import type { Labels, PluginMetrics } from './plugin-metrics.ts'

/** What the host counts of a plugin. */
export interface PluginFigures {
  eventEnded(type: string, outcome: DeliveryOutcome, durationMs: DurationMs): void
  commandEnded(command: string, outcome: CommandOutcome, durationMs: DurationMs): void
  eventPublished(type: string, outcome: 'published' | 'repeated' | 'failed'): void
  runFailed(name: string): void
}

const buckets = [0.001, 0.005, 0.02, 0.05, 0.15, 0.5, 2, 10]

/** Registers what every plugin has for free, labelled with its tenant and name. */
export function registerPluginFigures(metrics: PluginMetrics, whose: Labels): PluginFigures {
  const labels = Object.keys(whose)
  const events = metrics.counter({
    name: 'switchyard_plugin_events_total',
    help: 'Deliveries of events, by how they ended; `dead` went to the dead letters.',
    labels: [...labels, 'type', 'outcome'],
  })
  const eventSeconds = metrics.histogram({
    name: 'switchyard_plugin_event_seconds',
    help: 'From the turn of an event to its answer.',
    labels: [...labels, 'type'],
    buckets,
  })
  const commands = metrics.counter({
    name: 'switchyard_plugin_commands_total',
    help: 'Commands the plugin was given, by outcome: `ok`, or the code of the refusal.',
    labels: [...labels, 'command', 'outcome'],
  })
  const commandSeconds = metrics.histogram({
    name: 'switchyard_plugin_command_seconds',
    help: 'From the arrival of a command to its answer.',
    labels: [...labels, 'command'],
    buckets,
  })
  const published = metrics.counter({
    name: 'switchyard_plugin_published_total',
    help: 'Events the plugin published, by outcome; `repeated` were in the stream already.',
    labels: [...labels, 'type', 'outcome'],
  })
  const failed = metrics.counter({
    name: 'switchyard_plugin_runs_failed_total',
    help: 'Runs of `every` that threw.',
    labels: [...labels, 'run'],
  })
  return {
    eventEnded(type, outcome, durationMs) {
      events({ ...whose, type, outcome })
      eventSeconds(durationMs / 1000, { ...whose, type })
    },
    commandEnded(command, outcome, durationMs) {
      commands({ ...whose, command, outcome })
      commandSeconds(durationMs / 1000, { ...whose, command })
    },
    eventPublished(type, outcome) {
      published({ ...whose, type, outcome })
    },
    runFailed(run) {
      failed({ ...whose, run })
    },
  }
}
