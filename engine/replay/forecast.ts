import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Acd } from '../core/acd.ts'
import { createRandom } from '../sim/random.ts'
import { poissonCallers } from './poisson.ts'
import { type Experiment, theoreticalStream, theoreticalTenant } from './queueing.ts'
import { simulate } from './simulate.ts'

/** The error of the expected wait that waiting callers are told. */
export interface ForecastError {
  /** Forecasts for callers who were answered in the end. */
  readonly forecasts: number
  /** The share of attempts at which too little was known for a forecast. */
  readonly unknownShare: number
  /** The mean of the actual remaining waits. */
  readonly meanWaitMs: DurationMs
  /** The mean of forecast minus actual wait. Above 0, forecasts are too long. */
  readonly biasMs: DurationMs
  /** The mean absolute error. */
  readonly errorMs: DurationMs
}

/** Callers get a forecast on arrival, and again at this interval. */
const everyMs: DurationMs = 30_000

interface Forecast {
  readonly at: EpochMs
  readonly expectedMs: DurationMs
}

/**
 * Plays one day of an experiment. On arrival and every 30 s, it asks the core for the
 * expected wait of each waiting caller, and compares it with the wait that followed.
 */
export function measureForecast(experiment: Experiment): ForecastError {
  const { load, seed, warmUp } = experiment
  const open = new Map<string, Forecast[]>()
  let [seen, unknown, forecasts, waitMs, biasMs, errorMs] = [0, 0, 0, 0, 0, 0]
  const look = (callId: CallId, acd: Acd, at: EpochMs): void => {
    if (seen <= warmUp || !acd.isUnserved(callId)) {
      return
    }
    const expectedMs = acd.outlook(callId)?.expectedWaitMs
    if (expectedMs === undefined) {
      unknown += 1
      return
    }
    const before = open.get(callId)
    if (before === undefined) {
      open.set(callId, [{ at, expectedMs }])
    } else {
      before.push({ at, expectedMs })
    }
  }
  const settle = ({ type, data }: EngineEvent): void => {
    if (type === 'call.queued') {
      seen += 1
    } else if (type === 'call.abandoned') {
      open.delete(data.callId)
    } else if (type === 'call.answered') {
      for (const { at, expectedMs } of open.get(data.callId) ?? []) {
        const actualMs = data.at - at
        forecasts += 1
        waitMs += actualMs
        biasMs += expectedMs - actualMs
        errorMs += Math.abs(expectedMs - actualMs)
      }
      open.delete(data.callId)
    }
  }
  simulate({
    tenant: theoreticalTenant(load.agents),
    startAt: 0,
    callers: poissonCallers(createRandom(seed), theoreticalStream(experiment)),
    respond: () => ({ outcome: 'answered', afterMs: 0 }),
    publish: settle,
    look: { everyMs, at: look },
  })
  return {
    forecasts,
    unknownShare: unknown / Math.max(1, unknown + forecasts),
    meanWaitMs: waitMs / forecasts,
    biasMs: biasMs / forecasts,
    errorMs: errorMs / forecasts,
  }
}
