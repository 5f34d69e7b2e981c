import type { EventType } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import type { EventChanges, GivenEvent } from './given-events.ts'

/** What a test can set of a call; the rest has defaults. */
export interface CallDetails {
  readonly callId?: string
  readonly dialledNumber?: string
  /** @default a number unique to the call */
  readonly callerNumber?: string
  readonly callerName?: string
  readonly queue?: string
  readonly priority?: number
}

/** A call that waits in a queue, and what can happen to it. Each method resolves when the plugin is idle. */
export interface GivenCall {
  readonly callId: string
  readonly queue: string
  readonly events: readonly GivenEvent[]
  /** An agent's phone rings and is answered. */
  isAnsweredBy(agent: string): Promise<void>
  /** The conversation ends. */
  isCompleted(endedBy?: 'caller' | 'agent'): Promise<void>
  /** The caller hangs up while waiting. */
  isAbandoned(): Promise<void>
}

interface Surroundings {
  readonly clock: Clock
  givenEvent<T extends EventType>(type: T, changes: EventChanges<T>): Promise<GivenEvent>
}

/** Publishes the events of a call that arrives and waits: `call.arrived`, `call.queued`. */
export async function giveCall(
  world: Surroundings,
  details: CallDetails,
  number: number,
): Promise<GivenCall> {
  const { queue = 'sales', priority = 0 } = details
  const callId = details.callId ?? `00000000-0000-4000-8000-${`${number}`.padStart(12, '0')}`
  const events: GivenEvent[] = []
  const { clock } = world
  let agent = 'ann'
  let answeredAt = 0
  let waitMs = 0
  const offerId = `${callId}/offer`

  const arrivedAt = clock.now()
  events.push(
    await world.givenEvent('call.arrived', {
      callId,
      dialledNumber: details.dialledNumber ?? '0800100200',
      callerNumber: details.callerNumber ?? `+4930${`${number}`.padStart(7, '0')}`,
      callerName: details.callerName ?? '',
    }),
    await world.givenEvent('call.queued', {
      callId,
      queue,
      priority,
      enqueuedAt: arrivedAt,
      isAdopted: false,
    }),
  )
  const call = { callId, queue }
  return {
    callId,
    queue,
    events,
    async isAnsweredBy(who) {
      agent = who
      answeredAt = clock.now()
      waitMs = answeredAt - arrivedAt
      const offer = { ...call, agent, offerId, waitMs }
      events.push(
        await world.givenEvent('call.offered', { ...offer, deadlineAt: answeredAt + 20_000 }),
        await world.givenEvent('call.answered', { ...offer, isWithinThreshold: waitMs <= 20_000 }),
      )
    },
    async isCompleted(endedBy = 'caller') {
      const talkMs = clock.now() - answeredAt
      const ended = { ...call, agent, waitMs, talkMs, holdMs: 0, endedBy }
      events.push(await world.givenEvent('call.completed', ended))
    },
    async isAbandoned() {
      const gone = { ...call, waitMs: clock.now() - arrivedAt, wasRinging: false }
      events.push(await world.givenEvent('call.abandoned', gone))
    },
  }
}
