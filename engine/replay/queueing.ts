import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, DurationMs, QueueId } from '../catalogue/ids.ts'
import { plainAgent, plainMembership, plainQueue, plainTenant } from '../core/plain-settings.ts'
import { createRandom } from '../sim/random.ts'
import { type Estimate, estimate } from './confidence.ts'
import { type Expected, erlangA, erlangC, type Load } from './erlang.ts'
import { type PoissonStream, poissonCallers } from './poisson.ts'
import { simulate } from './simulate.ts'
import type { SimulatedTenant } from './world.ts'

/** A load to simulate and compare with theory. */
export interface Experiment {
  readonly load: Load
  /** Mean patience in seconds. Infinity is compared with Erlang C, anything else with Erlang A. */
  readonly patience: number
  /** Independent days, each starting with an empty hotline. */
  readonly replications: number
  /** Counted callers per day. */
  readonly callers: number
  /** Callers before them, who fill the hotline and are not counted. */
  readonly warmUp: number
  readonly seed: number
}

/** A simulated measure, and what theory predicts. */
export interface Compared {
  readonly measure: keyof Expected
  readonly expected: number
  readonly measured: Estimate
}

/** The usual threshold of the service level. */
const thresholdMs: DurationMs = 20_000
const measures = ['waitShare', 'serviceLevel', 'asa', 'abandonShare'] as const
const queueId = 'hotline' as QueueId

/** Simulates a load on the core and compares it with Erlang C or Erlang A. */
export function compareWithTheory(experiment: Experiment): readonly Compared[] {
  const { load, patience, replications, seed } = experiment
  const isPatient = patience === Number.POSITIVE_INFINITY
  const expected = isPatient
    ? erlangC(load, thresholdMs / 1_000)
    : erlangA(load, patience, thresholdMs / 1_000)
  const days = Array.from({ length: replications }, (_, index) =>
    simulateLoad(experiment, seed + index),
  )
  return measures
    .filter((measure) => !isPatient || measure !== 'abandonShare')
    .map((measure) => ({
      measure,
      expected: expected[measure],
      measured: estimate(days.map((day) => day[measure])),
    }))
}

/** A hotline with one queue, whose identical agents answer at once and need no wrap-up. */
export function theoreticalTenant(agents: number): SimulatedTenant {
  return {
    tenantId: 'theory',
    queues: new Map([[queueId, { overflow: {}, serviceLevelMs: thresholdMs, actions: new Map() }]]),
    settings: {
      ...plainTenant,
      queues: [plainQueue(queueId)],
      agents: Array.from({ length: agents }, (_, index) => ({
        ...plainAgent(`agent-${index}` as AgentId),
        queues: [plainMembership(queueId)],
      })),
    },
  }
}

/** The callers of one day of an experiment, including the warm-up. */
export function theoreticalStream({ load, patience, callers, warmUp }: Experiment): PoissonStream {
  return {
    queueId,
    perSecond: load.arrivalRate,
    fromAt: 0,
    count: warmUp + callers,
    talkMs: 1_000 / load.serviceRate,
    patienceMs: patience * 1_000,
  }
}

function simulateLoad(experiment: Experiment, seed: number): Expected {
  const { load, callers, warmUp } = experiment
  const counted = new Set<string>()
  let seen = 0
  let [immediately, inTime, answered, waitedMs, abandoned] = [0, 0, 0, 0, 0]
  const count = ({ type, data }: EngineEvent): void => {
    if (type === 'call.queued') {
      seen += 1
      if (seen > warmUp) {
        counted.add(data.callId)
      }
    } else if (type === 'call.answered' && counted.delete(data.callId)) {
      answered += 1
      waitedMs += data.waitMs
      immediately += data.waitMs === 0 ? 1 : 0
      inTime += data.isWithinThreshold ? 1 : 0
    } else if (type === 'call.abandoned' && counted.delete(data.callId)) {
      abandoned += 1
    }
  }
  simulate({
    tenant: theoreticalTenant(load.agents),
    startAt: 0,
    callers: poissonCallers(createRandom(seed), theoreticalStream(experiment)),
    respond: () => ({ outcome: 'answered', afterMs: 0 }),
    publish: count,
  })
  return {
    waitShare: 1 - immediately / callers,
    serviceLevel: inTime / callers,
    asa: waitedMs / answered / 1_000,
    abandonShare: abandoned / callers,
  }
}
