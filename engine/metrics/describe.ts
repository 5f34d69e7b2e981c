import { Registry } from 'prom-client'
import { systemClock } from '../clock.ts'
import { createMetrics } from './metrics.ts'

interface Described {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labels: readonly string[]
}

/** The content of `docs/metrics.md`, made from the registered metrics. */
export function metricsPage(): string {
  const ours = describeMetrics().filter(({ name }) => name.startsWith('switchyard_'))
  return `# Metrics

\`GET /metrics\` on the operations port (\`ops\` in the configuration) serves metrics in the text format of Prometheus. This page is made by \`npm run docs\` from the metrics themselves.

Times are in seconds, sizes in bytes. Counters start at 0 with the process. No label ever names a call, a leg, an agent or a caller: the number of lines depends only on the number of tenants, queues and switches. The terms (service level, abandonment, occupancy, ...) are defined in \`engine/metrics/definitions.ts\`.

${table(ours)}

## Which queue a wait is charged to

A call that overflows keeps its place and continues to wait; the wait is charged to **the queue that gave it up first**. So \`answered\`, \`answered_in_time\`, \`abandoned\`, \`short_abandoned\`, \`sent_away\`, \`lost\` and \`switchyard_queue_wait_seconds\` count it for that queue, with the whole wait and that queue's threshold, wherever the call was answered. \`offered\`, \`overflowed\`, \`depth\`, \`talking\`, talk and wrap-up count it in the queue where it is. So a queue that helps others shows their calls as offered and as conversations, and its service level is not affected by them.

To see whether an action pays (such as a discount after a minute), compare \`abandoned\` with \`answered\` in \`switchyard_queue_action_outcomes_total\`, with the action and without it.

## Useful queries

Service level of the last hour:

    sum by (tenant, queue) (increase(switchyard_queue_calls_answered_in_time_total[1h]))
      / sum by (tenant, queue) (
          increase(switchyard_queue_calls_answered_total[1h])
        + increase(switchyard_queue_calls_abandoned_total[1h])
        - increase(switchyard_queue_calls_short_abandoned_total[1h])
        + increase(switchyard_queue_calls_sent_away_total[1h])
        + increase(switchyard_queue_calls_lost_total[1h]))

Average speed of answer (ASA):

    rate(switchyard_queue_wait_seconds_sum{outcome="answered"}[1h])
      / rate(switchyard_queue_wait_seconds_count{outcome="answered"}[1h])

Average handling time (AHT):

    (rate(switchyard_queue_talk_seconds_sum[1h]) + rate(switchyard_queue_wrap_up_seconds_total[1h]))
      / rate(switchyard_queue_talk_seconds_count[1h])

Occupancy:

    sum by (tenant) (rate(switchyard_agent_state_seconds_total{state=~"talking|wrapUp"}[1h]))
      / sum by (tenant) (rate(switchyard_agent_state_seconds_total{state!="off"}[1h]))

The 99th percentile of matching time:

    histogram_quantile(0.99, sum by (le) (rate(switchyard_match_seconds_bucket[5m])))

Calls lost in the last day:

    sum(increase(switchyard_queue_calls_lost_total[1d])) > 0

## The process

There are also prom-client's own metrics of the process and of Node.js (\`process_*\`, \`nodejs_*\`), which depend on the version of Node.js and on the system. Its \`nodejs_eventloop_lag_*\` include the sampling time of 10 ms; \`switchyard_event_loop_lag_*\` do not.
`
}

function describeMetrics(): readonly Described[] {
  const registry = new Registry()
  const metrics = createMetrics(systemClock, registry)
  metrics.watchOutbox(() => ({
    backlog: 0,
    spilledBytes: 0,
    oldestAgeMs: 0,
    failures: 0,
    dropped: 0,
  }))
  metrics.watchEngine({ switchStates: () => [], expectedWaits: () => [], liveCalls: 0 })
  metrics.stop()
  return registry.getMetricsAsArray().map((metric) => {
    // prom-client keeps the label names, and leaves them out of its types.
    const { name, help, type, labelNames } = metric as unknown as {
      name: string
      help: string
      type: string
      labelNames: readonly string[]
    }
    return { name, help, type: String(type), labels: labelNames }
  })
}

function table(metrics: readonly Described[]): string {
  return [
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...metrics.map(
      ({ name, help, type, labels }) =>
        `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
  ].join('\n')
}
