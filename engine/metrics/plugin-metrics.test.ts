import { Registry } from 'prom-client'
import t from 'tap'
import { registerPluginFigures } from '../plugin/plugin-figures.ts'
import type { PluginMetrics } from '../plugin/plugin-metrics.ts'
import { createPluginMetrics } from './plugin-metrics.ts'

t.test(
  'plugins of one process share the metrics of their hosts, distinguished by labels',
  async (t) => {
    const registry = new Registry()
    const metrics: PluginMetrics = createPluginMetrics(registry)
    for (const tenant of ['acme', 'globex']) {
      const figures = registerPluginFigures(metrics, { tenant, plugin: 'skill' })
      figures.eventEnded('call.arrived', 'handled', 12)
      figures.commandEnded('setRule', 'ok', 3)
      figures.runFailed('sweep')
    }
    metrics.gauge({ name: 'skill_rules', help: 'Rules in force.' })(17)
    const text = await registry.metrics()
    const whose = 'tenant="globex",plugin="skill"'
    for (const line of [
      `switchyard_plugin_events_total{${whose},type="call.arrived",outcome="handled"} 1`,
      `switchyard_plugin_event_seconds_bucket{le="0.02",${whose},type="call.arrived"} 1`,
      `switchyard_plugin_commands_total{${whose},command="setRule",outcome="ok"} 1`,
      `switchyard_plugin_runs_failed_total{${whose},run="sweep"} 1`,
      'skill_rules 17',
    ]) {
      t.match(text, line)
    }
    t.throws(() => metrics.counter({ name: 'skill_rules', help: 'another kind' }))
  },
)
