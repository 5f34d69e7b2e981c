import type { CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { Random } from '../sim/random.ts'
import type { Caller } from './world.ts'

/** Independent callers of one queue. */
export interface PoissonStream {
  readonly queueId: QueueId
  readonly perSecond: number
  readonly fromAt: EpochMs
  readonly count: number
  /** Mean talk time, exponentially distributed. */
  readonly talkMs: DurationMs
  /** Mean patience, exponentially distributed. Infinity: callers never give up. */
  readonly patienceMs: DurationMs
}

/** Generates random callers in the order of their arrival. */
export function* poissonCallers(random: Random, stream: PoissonStream): Generator<Caller> {
  const { queueId, perSecond, fromAt, count, talkMs, patienceMs } = stream
  let at = fromAt
  for (let index = 0; index < count; index += 1) {
    at += random.exponential(1_000 / perSecond)
    const arrivedAt = Math.round(at)
    yield {
      callId: random.uuid() as CallId,
      queueId,
      at: arrivedAt,
      enqueuedAt: arrivedAt,
      enteredAt: arrivedAt,
      chargedTo: undefined,
      isAdopted: false,
      priority: 0,
      needs: {},
      moves: [],
      patienceMs:
        patienceMs === Number.POSITIVE_INFINITY
          ? patienceMs
          : Math.round(random.exponential(patienceMs)),
      leaves: 'abandoned',
      talkMs: Math.round(random.exponential(talkMs)),
    }
  }
}
