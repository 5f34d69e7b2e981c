import { collectDefaultMetrics, Registry } from 'prom-client'
import { registerEventLoopMetrics } from './event-loop-metrics.ts'
import { createPluginMetrics, type PluginMetricsAdapter } from './plugin-metrics.ts'

/** The metrics of a process that runs plugins. */
export interface PluginProcessMetrics {
  readonly plugins: PluginMetricsAdapter
  /** The text that Prometheus scrapes. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>
  /** Stops the sampling of the event loop. */
  stop(): void
}

/** Creates the metrics of a process that runs plugins and no engine: theirs, and Node's own. */
export function createPluginProcessMetrics(): PluginProcessMetrics {
  const registry = new Registry()
  const stop = registerEventLoopMetrics(registry)
  collectDefaultMetrics({ register: registry })
  return {
    plugins: createPluginMetrics(registry),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    stop,
  }
}
