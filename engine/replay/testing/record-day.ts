import { encodeEvent } from '../../catalogue/envelope.ts'
import type { EngineEvent } from '../../catalogue/events/events.ts'
import type { AgentId, DurationMs, EpochMs, QueueId } from '../../catalogue/ids.ts'
import type { TenantConfig } from '../../config/engine-config.ts'
import { createRandom } from '../../sim/random.ts'
import { poissonCallers } from '../poisson.ts'
import { simulate } from '../simulate.ts'
import { type Caller, type PhoneResponse, type StatusChange, simulatedTenant } from '../world.ts'

/** A simulated day that stands in for a recorded one. */
export interface RecordedWorld {
  readonly tenant: TenantConfig
  readonly seed: number
  readonly hours: number
  readonly perHour: number
  readonly talkMs: DurationMs
  readonly patienceMs: DurationMs
  readonly statuses?: readonly StatusChange[]
  /** Changes callers. @default unchanged */
  readonly alter?: (caller: Caller, index: number) => Caller
}

/** When each recorded day of the tests begins. */
export const dayStartAt: EpochMs = Date.UTC(2026, 10, 2, 8)

/** Returns a day's events as lines. Agents miss one offer in ten, and each queue gets equally many callers. */
export function recordDay(world: RecordedWorld): readonly string[] {
  const { tenant, seed, hours, statuses = [] } = world
  const events: EngineEvent[] = []
  const random = createRandom(seed)
  simulate({
    tenant: simulatedTenant(tenant),
    startAt: dayStartAt,
    untilAt: dayStartAt + hours * 3_600_000,
    callers: callersOf(world),
    statuses,
    respond: (): PhoneResponse =>
      random.chance(0.1)
        ? { outcome: 'noAnswer', afterMs: 0 }
        : { outcome: 'answered', afterMs: Math.round(random.between(1_000, 8_000)) },
    publish: (event) => events.push(event),
  })
  return encodeLines(tenant.tenantId, events)
}

/** Encodes events as lines, with sequence numbers as the engine assigns them. */
export function encodeLines(tenant: string, events: readonly EngineEvent[]): readonly string[] {
  const sequences = new Map<string, number>()
  return events.map((event) => {
    const key = event.type === 'agent.stateChanged' ? event.data.agent : event.data.callId
    const sequence = (sequences.get(key) ?? 0) + 1
    sequences.set(key, sequence)
    const origin = { source: '/switchyard/test', tenant, key, sequence }
    return Buffer.from(encodeEvent(origin, event).data).toString()
  })
}

/** A change of status `minutes` into the day. */
export function statusAt(
  minutes: number,
  agentId: string,
  type: 'available' | 'loggedOut',
): StatusChange {
  return { at: dayStartAt + minutes * 60_000, agentId: agentId as AgentId, status: { type } }
}

function callersOf(world: RecordedWorld): Caller[] {
  const { tenant, seed, hours, perHour, talkMs, patienceMs, alter = (caller) => caller } = world
  const queues = [...tenant.queues.keys()]
  const stream = {
    queueId: queues[0] as QueueId,
    perSecond: perHour / 3_600,
    fromAt: dayStartAt,
    count: Math.ceil(hours * perHour),
    talkMs,
    patienceMs,
  }
  return [...poissonCallers(createRandom(seed + 1), stream)].map((caller, index) =>
    alter({ ...caller, queueId: queues[index % queues.length] as QueueId }, index),
  )
}
