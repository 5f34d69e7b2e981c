import type { DurationMs } from '../catalogue/ids.ts'
import type { CommandOutcome } from '../commands/command-endpoint.ts'
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

/** Registers the metrics that every plugin has, labelled with its tenant and name. */
export function registerPluginFigures(metrics: PluginMetrics, whose: Labels): PluginFigures {
  const labels = Object.keys(whose)
  const events = metrics.counter({
    name: 'switchyard_plugin_events_total',
    help: 'Event deliveries by outcome; `dead` means dead-lettered.',
    labels: [...labels, 'type', 'outcome'],
  })
  const eventSeconds = metrics.histogram({
    name: 'switchyard_plugin_event_seconds',
    help: 'Time from when an event is processed until it is settled (acknowledged, retried or dead-lettered).',
    labels: [...labels, 'type'],
    buckets,
  })
  const commands = metrics.counter({
    name: 'switchyard_plugin_commands_total',
    help: 'Commands the plugin has served, by outcome: `ok`, or the code of the refusal.',
    labels: [...labels, 'command', 'outcome'],
  })
  const commandSeconds = metrics.histogram({
    name: 'switchyard_plugin_command_seconds',
    help: 'Time from receiving a command to replying to it.',
    labels: [...labels, 'command'],
    buckets,
  })
  const published = metrics.counter({
    name: 'switchyard_plugin_published_total',
    help: 'Events the plugin has published, by outcome; `repeated` events were already in the stream.',
    labels: [...labels, 'type', 'outcome'],
  })
  const failed = metrics.counter({
    name: 'switchyard_plugin_runs_failed_total',
    help: 'Repeated runs (`every`) that have failed, by name.',
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
