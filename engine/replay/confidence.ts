/** The mean of independent values, with its standard error. */
export interface Estimate {
  readonly mean: number
  readonly standardError: number
  /** The number of values. */
  readonly values: number
}

/** Estimates a mean from independent replications of one experiment. Needs at least two. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count), values: count }
}

/** Half the width of the confidence interval of the mean, by Student's t. */
export function halfWidth({ standardError, values }: Estimate, confidence: number): number {
  return standardError * studentQuantile((1 + confidence) / 2, values - 1)
}

/**
 * The value below which `share` of Student's t distribution lies, for a share above one half.
 * Found by bisection of the distribution function, which integrates the density by Simpson's rule.
 *
 * @param freedom degrees of freedom
 */
export function studentQuantile(share: number, freedom: number): number {
  let low = 0
  let high = 1
  while (studentShare(high, freedom) < share) {
    high *= 2
  }
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (studentShare(middle, freedom) < share) {
      low = middle
    } else {
      high = middle
    }
  }
  return (low + high) / 2
}

function studentShare(t: number, freedom: number): number {
  // With t = sqrt(freedom) tan(a) the density becomes cos(a)^(freedom - 1), bounded everywhere.
  const area = (to: number) => simpson((angle) => Math.cos(angle) ** (freedom - 1), to)
  return 0.5 + (0.5 * area(Math.atan(t / Math.sqrt(freedom)))) / area(Math.PI / 2)
}

function simpson(height: (x: number) => number, to: number): number {
  const steps = 400
  let sum = height(0) + height(to)
  for (let index = 1; index < steps; index += 1) {
    sum += height((index * to) / steps) * (index % 2 === 0 ? 2 : 4)
  }
  return (sum * to) / steps / 3
}
