import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, CallId, DurationMs } from '../catalogue/ids.ts'
import type { TenantConfig } from '../config/engine-config.ts'
import type { RecordedCall } from './call-history.ts'
import { drawFor } from './draw.ts'
import type { RecordedDay } from './recording.ts'
import { simulate } from './simulate.ts'
import { estimateSurvival, type Observed, type Survival } from './survival.ts'
import { type Caller, type PhoneResponse, type SimulatedTenant, simulatedTenant } from './world.ts'

/** With fewer observations of a queue or an agent, those of all queues or agents are used. */
export const minObserved = 20

/** The talk time if the recording has no conversation. */
const plainTalkMs: DurationMs = 180_000
/** The answer to an offer if the recording has no offer. */
const plainResponse: PhoneResponse = { outcome: 'answered', afterMs: 5_000 }

/** The answer if a phone rang longer than any other: it rings until the queue's limit. */
const longestRing: PhoneResponse = { outcome: 'noAnswer', afterMs: 0 }

export interface ReplayOptions {
  /** The rules to play the day under. */
  readonly tenant: TenantConfig
  /** For draws of what the recording does not tell. The same seed gives the same day. */
  readonly seed: number
  publish(event: EngineEvent): void
}

/**
 * Plays a recorded day under a tenant's rules, from the recording's first instant to its last.
 * Callers and agents do what they did. What they never got to do (give up, talk, answer) is
 * drawn separately for each call, so that two sets of rules meet the same callers. Calls of
 * queues that the tenant lacks are left out.
 */
export function replayDay(day: RecordedDay, { tenant, seed, publish }: ReplayOptions): void {
  const { agents, startAt, endAt } = day
  const known = day.calls.filter(({ queueId }) => tenant.queues.has(queueId))
  const { missedBreakMs } = agents
  const byId = new Map(known.map((call) => [call.callId, call]))
  simulate({
    tenant: staffedAs(simulatedTenant(tenant), day),
    startAt,
    untilAt: endAt,
    callers: createCallers(known, tenant, seed),
    statuses: agents.changes.filter(({ agentId }) => tenant.agents.has(agentId)),
    respond: createResponses(day, byId, seed),
    publish,
    ...(missedBreakMs === undefined ? {} : { missedBreakMs }),
  })
}

/** Gives agents their recorded first status. Agents not in the recording keep the configured one. */
function staffedAs(tenant: SimulatedTenant, { agents }: RecordedDay): SimulatedTenant {
  const { settings } = tenant
  return {
    ...tenant,
    settings: {
      ...settings,
      agents: settings.agents.map((agent) => ({
        ...agent,
        status: agents.first.get(agent.agentId) ?? agent.status,
      })),
    },
  }
}

function createCallers(
  calls: readonly RecordedCall[],
  { queues }: TenantConfig,
  seed: number,
): readonly Caller[] {
  const patience = estimateByQueue(calls, ({ wait, leaves }) => ({
    ms: wait.ms,
    hasEnded: wait.hasEnded && leaves === 'abandoned',
  }))
  const talk = estimateByQueue(calls, (call) => call.talk)
  return calls.map(({ callId, queueId, chargedTo, wait, talk: talked, ...call }) => ({
    callId,
    queueId,
    // As in the engine, its own queue is charged if the other one no longer exists.
    chargedTo: chargedTo !== undefined && queues.has(chargedTo) ? chargedTo : undefined,
    at: call.at,
    enqueuedAt: call.enqueuedAt,
    enteredAt: call.enteredAt,
    isAdopted: call.isAdopted,
    priority: call.priority,
    needs: call.needs,
    moves: call.moves,
    changes: call.changes,
    leaves: call.leaves,
    patienceMs: wait.hasEnded
      ? wait.ms
      : (patience(queueId)?.draw(drawFor(seed, callId, 'patience'), wait.ms) ??
        Number.POSITIVE_INFINITY),
    talkMs:
      talked?.hasEnded === true
        ? talked.ms
        : (talk(queueId)?.draw(drawFor(seed, callId, 'talk'), talked?.ms ?? 0) ?? plainTalkMs),
  }))
}

/** Estimates durations for each queue from its own observations, or from all if those are few. */
function estimateByQueue(
  calls: readonly RecordedCall[],
  observe: (call: RecordedCall) => Observed | undefined,
): (queue: string) => Survival | undefined {
  const all: Observed[] = []
  const byQueue = new Map<string, Observed[]>()
  for (const call of calls) {
    const observed = observe(call)
    if (observed !== undefined) {
      all.push(observed)
      const ofQueue = byQueue.get(call.queueId)
      if (ofQueue === undefined) {
        byQueue.set(call.queueId, [observed])
      } else {
        ofQueue.push(observed)
      }
    }
  }
  const ofAll = estimateSurvival(all)
  const estimates = new Map(
    [...byQueue]
      .filter(([, spans]) => spans.filter(({ hasEnded }) => hasEnded).length >= minObserved)
      .map(([queue, spans]) => [queue, estimateSurvival(spans)]),
  )
  return (queue) => estimates.get(queue) ?? ofAll
}

/**
 * How an agent's phone responds: as it did to this call; else as it did to another call; else as
 * another agent's phone did. A withdrawn phone rings at least until it was withdrawn.
 */
function createResponses(
  { agents }: RecordedDay,
  calls: ReadonlyMap<CallId, RecordedCall>,
  seed: number,
): (caller: Caller, agentId: AgentId, attempt: number) => PhoneResponse {
  const all = [...agents.responses.values()].flat()
  return ({ callId }, agentId, attempt) => {
    const recorded = calls.get(callId)?.rings.get(agentId)?.[attempt - 1]
    if (recorded !== undefined && recorded.outcome !== 'withdrawn') {
      return { outcome: recorded.outcome, afterMs: recorded.afterMs }
    }
    const own = agents.responses.get(agentId) ?? []
    const known = own.length >= minObserved ? own : all
    const pool =
      recorded === undefined ? known : known.filter(({ afterMs }) => afterMs > recorded.afterMs)
    const plain = recorded === undefined ? plainResponse : longestRing
    return pool[Math.floor(drawFor(seed, callId, agentId, attempt) * pool.length)] ?? plain
  }
}
