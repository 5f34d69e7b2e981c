import { Acd } from '../engine/core/acd.ts'
import type { AcdEffect } from '../engine/core/event.ts'
import type { AcdSettings, AgentSettings } from '../engine/core/settings.ts'
import { createRandom } from '../engine/sim/random.ts'
import { callName, settingsOf, startAt } from './core-site.ts'

interface Burst {
  readonly agents: number
  readonly waiting: number
  readonly rounds: number
  readonly offers: number
  readonly spanMs: number
  /** Whether each agent got the call that a scan over all calls finds. */
  readonly isRight: boolean
  /** Time for 300 calls to look in vain for a free agent among 1,000. */
  readonly searchMs: number
}

const agentCount = 1_000
const waiting = 10_000
const rounds = 5

/** Measures how fast many agents who become free at one instant get their calls. */
export function measureBurst(): Burst {
  const site = { agents: agentCount, waiting, strategy: 'longestIdle' as const }
  const settings = settingsOf(site, createRandom(3))
  let best = Number.POSITIVE_INFINITY
  let searchMs = Number.POSITIVE_INFINITY
  let isRight = true
  let offers = 0
  for (let round = 0; round < rounds; round += 1) {
    const acd = new Acd(settings, startAt)
    const admit = (from: number, to: number) => {
      for (let index = from; index < to; index += 1) {
        acd.handle(arrival(settings, index), startAt + index)
      }
    }
    admit(0, waiting - 300)
    searchMs = Math.min(
      searchMs,
      spanOf(() => admit(waiting - 300, waiting)),
    )
    const at = startAt + waiting
    const effects: AcdEffect[] = []
    const spanMs = spanOf(() => {
      for (const { agentId } of settings.agents) {
        const chosen = { type: 'statusChosen', agentId, status: { type: 'available' } } as const
        effects.push(...acd.handle(chosen, at))
      }
    })
    best = Math.min(best, spanMs)
    const made = effects.flatMap((effect) =>
      effect.type === 'offer' ? [`${effect.callId} ${effect.agentIds.join()}`] : [],
    )
    offers = made.length
    isRight &&= made.join() === scan(settings, at).join()
  }
  return { agents: agentCount, waiting, rounds, offers, spanMs: best, isRight, searchMs }
}

function spanOf(work: () => void): number {
  const from = performance.now()
  work()
  return performance.now() - from
}

function arrival({ queues }: AcdSettings, index: number) {
  const queueId = (queues[(index * 7) % queues.length] ?? queues[0])
    ?.queueId as AgentSettings['queues'][number]['queueId']
  return {
    type: 'callQueued',
    callId: callName(index),
    queueId,
    enqueuedAt: startAt + index,
    priority: index % 5,
  } as const
}

/** Applies the rules without indexes: each agent in turn gets the best of all remaining calls. */
function scan(settings: AcdSettings, at: number): readonly string[] {
  const queues = new Map(settings.queues.map((queue) => [queue.queueId, queue]))
  const calls = Array.from({ length: waiting }, (_, index) => arrival(settings, index))
  const taken = new Set<string>()
  const lowest = new Map<string, number>()
  return settings.agents.flatMap((agent) => {
    for (const { queueId, level } of agent.queues) {
      lowest.set(queueId, Math.min(level, lowest.get(queueId) ?? Number.POSITIVE_INFINITY))
    }
    let best: { call: (typeof calls)[number]; points: number } | undefined
    for (const call of calls) {
      const queue = queues.get(call.queueId)
      const level = agent.queues.find(({ queueId }) => queueId === call.queueId)?.level
      if (queue === undefined || level === undefined || taken.has(call.callId)) {
        continue
      }
      const isOpen =
        queue.tiers.openAfterMs === 0 || level <= Math.max(1, lowest.get(call.queueId) ?? 1)
      const waitedMs = at - call.enqueuedAt
      const points = (queue.priority + call.priority) * 60_000 + queue.ageing.perMinute * waitedMs
      if (isOpen && (best === undefined || points > best.points)) {
        best = { call, points }
      }
    }
    if (best === undefined) {
      return []
    }
    taken.add(best.call.callId)
    return [`${best.call.callId} ${agent.agentId}`]
  })
}
