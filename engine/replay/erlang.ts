/** A hotline of queueing theory: Poisson arrivals, exponential service, identical agents. Rates are per second. */
export interface Load {
  readonly arrivalRate: number
  /** Calls per second that a busy agent serves: 1 / mean talk time. */
  readonly serviceRate: number
  readonly agents: number
}

/** What theory predicts for a load in the long run. */
export interface Expected {
  /** The share of all callers who find no free agent. */
  readonly waitShare: number
  /** The share of all callers answered within the threshold. */
  readonly serviceLevel: number
  /** The mean wait of answered callers, in seconds. */
  readonly asa: number
  /** The share of all callers who give up. */
  readonly abandonShare: number
}

/**
 * Erlang C: M/M/n, where callers wait for ever. A. K. Erlang, "Solution of some problems in
 * the theory of probabilities of significance in automatic telephone exchanges" (1917), in
 * the form of R. B. Cooper, "Introduction to Queueing Theory" (2nd ed. 1981), section 3.4,
 * by the recursion of Erlang's loss formula.
 *
 * @param threshold of the service level, in seconds
 * @returns NaN as `waitShare`, `serviceLevel` and `asa` where more work arrives than the agents can serve
 */
export function erlangC({ arrivalRate, serviceRate, agents }: Load, threshold: number): Expected {
  const offered = arrivalRate / serviceRate
  let loss = 1
  for (let n = 1; n <= agents; n += 1) {
    loss = (offered * loss) / (n + offered * loss)
  }
  const occupancy = offered / agents
  const waitShare = occupancy < 1 ? loss / (1 - occupancy * (1 - loss)) : Number.NaN
  const drain = agents * serviceRate - arrivalRate
  return {
    waitShare,
    serviceLevel: 1 - waitShare * Math.exp(-drain * threshold),
    asa: waitShare / drain,
    abandonShare: 0,
  }
}

/**
 * Erlang A: M/M/n+M, where each caller's patience is exponential. C. Palm, "Research on
 * telephone traffic carried by full availability groups" (1957); A. Mandelbaum and
 * S. Zeltyn, "The Palm/Erlang-A queue, with applications to call centers" (2005).
 *
 * It sums over the states of the birth-death process. A caller who finds k others waiting
 * is answered after k + 1 events: an agent becomes free, or somebody ahead gives up.
 * Weighted by the probability that the caller outlasts them, their times are exponential
 * with rates nμ + θ, ..., nμ + (k + 1)θ. Their sum is -ln(X)/θ for X of
 * Beta(nμ/θ + 1, k + 1), hence the incomplete beta function.
 *
 * @param patience mean, in seconds
 * @param threshold of the service level, in seconds
 */
export function erlangA(load: Load, patience: number, threshold: number): Expected {
  const { arrivalRate, serviceRate, agents } = load
  const leaveRate = 1 / patience
  const frees = agents * serviceRate
  // Weights of the states, relative to the state with all agents busy and nobody waiting.
  let below = 0
  for (let n = agents, weight = 1; n > 0; n -= 1) {
    weight *= (n * serviceRate) / arrivalRate
    below += weight
  }
  const inTime = betaShares(1 - Math.exp(-leaveRate * threshold), frees / leaveRate + 1)
  let [busy, gaveUp, served, waited, servedInTime] = [0, 0, 0, 0, 0]
  let meanIfServed = 0
  for (let k = 0, weight = 1; weight > 1e-16 * (below + busy); k += 1) {
    const outlasts = frees / (frees + (k + 1) * leaveRate)
    meanIfServed += 1 / (frees + (k + 1) * leaveRate)
    busy += weight
    gaveUp += weight * (1 - outlasts)
    served += weight * outlasts
    waited += weight * outlasts * meanIfServed
    servedInTime += weight * outlasts * inTime.next()
    weight *= arrivalRate / (frees + (k + 1) * leaveRate)
  }
  const all = below + busy
  return {
    waitShare: busy / all,
    serviceLevel: (below + servedInTime) / all,
    asa: waited / (below + served),
    abandonShare: gaveUp / all,
  }
}

/** I_x(1, b), I_x(2, b), ...: the regularised incomplete beta function by its recurrence in the first argument. */
function betaShares(x: number, b: number): { next(): number } {
  let share = 1 - (1 - x) ** b
  let term = b * x * (1 - x) ** b
  let a = 1
  return {
    next() {
      const current = share
      share = Math.max(0, share - term)
      term *= (x * (a + b)) / (a + 1)
      a += 1
      return current
    },
  }
}
