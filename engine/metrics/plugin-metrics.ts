import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client'

interface Options {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}
type Labels = Readonly<Record<string, string>>

/** The metrics of plugins, shown to Prometheus: implements the port `PluginMetrics` of the SDK. */
export interface PluginMetricsAdapter {
  counter(options: Options): (labels?: Labels, by?: number) => void
  gauge(options: Options): (value: number, labels?: Labels) => void
  histogram(
    options: Options & { readonly buckets: readonly number[] },
  ): (value: number, labels?: Labels) => void
}

/**
 * Registers the metrics of plugins on demand. A name that is registered
 * already is shared, so that a plugin may run for several tenants in one process.
 *
 * @throws Error from prom-client when a name is not valid, or is a metric of another kind
 */
export function createPluginMetrics(registry: Registry): PluginMetricsAdapter {
  function shared<M extends Metric>(
    kind: new (...options: never[]) => M,
    name: string,
    create: () => M,
  ): M {
    const known = registry.getSingleMetric(name)
    return known instanceof kind ? known : create()
  }

  const base = ({ name, help, labels = [] }: Options) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  })

  return {
    counter(options) {
      const metric = shared(Counter, options.name, () => new Counter(base(options)))
      return (labels = {}, by = 1) => metric.inc(labels, by)
    },
    gauge(options) {
      const metric = shared(Gauge, options.name, () => new Gauge(base(options)))
      return (value, labels = {}) => metric.set(labels, value)
    },
    histogram(options) {
      const metric = shared(
        Histogram,
        options.name,
        () => new Histogram({ ...base(options), buckets: [...options.buckets] }),
      )
      return (value, labels = {}) => metric.observe(labels, value)
    },
  }
}
