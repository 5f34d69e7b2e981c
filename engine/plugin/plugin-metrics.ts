/** Label names and values: from a small set each, never a call, an agent or a caller. */
export type Labels = Readonly<Record<string, string>>

/** What is counted of one thing. */
export interface MetricOptions {
  /** In base units: `..._total`, `..._seconds`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, in order. */
  readonly buckets: readonly number[]
}

/**
 * Where a plugin counts; the process that runs it shows the figures. A port:
 * the same name may be asked for again, by a second plugin in one process, and
 * is the same metric.
 */
export interface PluginMetrics {
  /** @returns adds `by`, 1 when absent */
  counter(options: MetricOptions): (labels?: Labels, by?: number) => void
  gauge(options: MetricOptions): (value: number, labels?: Labels) => void
  histogram(options: HistogramOptions): (value: number, labels?: Labels) => void
}

/** One figure of {@link createPlainMetrics}: of a histogram, how often it was observed. */
export interface PlainFigure {
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

/** Metrics as plain figures: for tests, and where nobody scrapes. */
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
