import type { EngineEvent } from '../catalogue/events/events.ts'
import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Acd } from '../core/acd.ts'
import { createRandom } from '../sim/random.ts'
import { poissonCallers } from './poisson.ts'
import { type Experiment, theoreticalStream, theoreticalTenant } from './queueing.ts'
import { simulate } from './simulate.ts'

/** How well waiting callers were told how long they would still wait. */
export interface ForecastError {
  /** Times a caller was told who was answered in the end. */
  readonly told: number
  /** The share of looks at which too little was known to tell. */
  readonly unknownShare: number
  /** What the wait still was, in the mean. */
  readonly meanWaitMs: DurationMs
  /** Told less true, in the mean: above 0 callers were told too much. */
  readonly biasMs: DurationMs
  /** The absolute error, in the mean. */
  readonly errorMs: DurationMs
}

/** Callers hear it when they come, and again so often. */
const everyMs: DurationMs = 30_000

interface Told {
  readonly at: EpochMs
  readonly expectedMs: DurationMs
}

/**
 * Plays one day of an experiment and asks the core for the expected wait of each
 * caller who waits, on arrival and every 30 s, against the wait that followed.
 */
export function measureForecast(experiment: Experiment): ForecastError {
  const { load, seed, warmUp } = experiment
  const open = new Map<string, Told[]>()
  let [seen, unknown, told, waitMs, biasMs, errorMs] = [0, 0, 0, 0, 0, 0]
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
        const trueMs = data.at - at
        told += 1
        waitMs += trueMs
        biasMs += expectedMs - trueMs
        errorMs += Math.abs(expectedMs - trueMs)
      }
      open.delete(data.callId)
    }
  }
  simulate({
    tenant: theoreticalTenant(load.agents),
    startAt: 0,
    callers: poissonCallers(createRandom(seed), theoreticalStream(experiment)),
    pickUp: () => ({ outcome: 'answered', afterMs: 0 }),
    publish: settle,
    look: { everyMs, at: look },
  })
  return {
    told,
    unknownShare: unknown / Math.max(1, unknown + told),
    meanWaitMs: waitMs / told,
    biasMs: biasMs / told,
    errorMs: errorMs / told,
  }
}
