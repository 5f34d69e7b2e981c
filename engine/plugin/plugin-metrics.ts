/** Label names and values. Each label has a small set of values; never use a call, an agent or a caller. */
export type Labels = Readonly<Record<string, string>>

/** Definition of a metric. */
export interface MetricOptions {
  /** In base units, for example `..._total` or `..._seconds`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, in order. */
  readonly buckets: readonly number[]
}

/**
 * The port for a plugin's metrics; the process that runs the plugin exposes them. A name
 * may be registered again, by a second plugin in the same process, and is then the same metric.
 */
export interface PluginMetrics {
  /** @returns a function that adds `by`, default 1 */
  counter(options: MetricOptions): (labels?: Labels, by?: number) => void
  gauge(options: MetricOptions): (value: number, labels?: Labels) => void
  histogram(options: HistogramOptions): (value: number, labels?: Labels) => void
}

/** One value of {@link createPlainMetrics}; for a histogram, its number of observations. */
export interface PlainFigure {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

/** Metrics held as plain values, for tests and for processes that nobody scrapes. */
export function createPlainMetrics(): PluginMetrics & { figures(): readonly PlainFigure[] } {
  const values = new Map<string, { name: string; labels: Labels; value: number }>()

  function at(name: string, labels: Labels) {
    const key = `${name} ${JSON.stringify(Object.entries(labels).toSorted())}`
    const one = values.get(key) ?? { name, labels, value: 0 }
    values.set(key, one)
    return one
  }

  return {
    counter:
      ({ name }) =>
      (labels = {}, by = 1) => {
        at(name, labels).value += by
      },
    gauge:
      ({ name }) =>
      (value, labels = {}) => {
        at(name, labels).value = value
      },
    histogram:
      ({ name }) =>
      (_value, labels = {}) => {
        at(name, labels).value += 1
      },
    figures: () => [...values.values()].map((one) => ({ ...one })),
  }
}
