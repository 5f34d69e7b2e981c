import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

const samplingMs = 10

/** The values read from Node's monitor, in nanoseconds. */
type Delay = Pick<
  IntervalHistogram,
  'enable' | 'disable' | 'reset' | 'count' | 'max' | 'percentile'
>

/**
 * Registers the lag of the event loop since the last scrape. Node measures from
 * timer to timer, so an idle loop shows the sampling time; it is subtracted.
 * A block before the first sample after a scrape is not seen.
 *
 * @returns stops the sampling
 */
export function registerEventLoopMetrics(
  registry: Registry,
  delay: Delay = monitorEventLoopDelay({ resolution: samplingMs }),
): () => void {
  delay.enable()
  const lagOf = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - samplingMs / 1_000)
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(delay.count === 0 ? 0 : lagOf(read()))
      },
    })
  }
  const help = (which: string) => `${which} lag of the event loop since the last scrape.`
  gauge('switchyard_event_loop_lag_p50_seconds', help('Median'), () => delay.percentile(50))
  gauge('switchyard_event_loop_lag_p99_seconds', help('99th percentile of the'), () =>
    delay.percentile(99),
  )
  gauge('switchyard_event_loop_lag_max_seconds', help('Greatest'), () => {
    const greatest = delay.max
    // Collected in the order of registration, so the others have been read by now.
    delay.reset()
    return greatest
  })
  return () => {
    delay.disable()
  }
}
