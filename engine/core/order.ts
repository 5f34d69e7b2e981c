import type { Agent, AgentOrder } from './groups.ts'
import type { QueueSettings } from './settings.ts'

/** The order that a queue's strategy asks for, among agents of one level and equal in skill. */
export function orderOf({ strategy, queueId }: QueueSettings): AgentOrder {
  switch (strategy) {
    case 'longestIdle':
    case 'ringAll':
    case 'bestSkill':
      return longestIdle
    case 'leastTalkTime':
      return leastTalkTime
    case 'fewestCalls':
      return fewestCalls
    case 'leastOccupied':
      return leastOccupied
    case 'roundRobin':
      return roundRobin
    case 'agentOrder':
      return agentOrder
    case 'random':
      return random
    case 'topDown':
    case 'ringProgressively':
      return by(`position in ${queueId}`, (agent) => agent.memberships.get(queueId)?.position ?? 0)
  }
}

const longestIdle = by('idle', ({ idleSinceAt }) => idleSinceAt)
const leastTalkTime = by('talk', ({ talkMs }) => talkMs)
const fewestCalls = by('calls', ({ calls }) => calls)
const leastOccupied = by('load', ({ loadKey }) => loadKey)
const roundRobin = by('turn', ({ turn }) => turn)
const agentOrder = by('index', ({ index }) => index)
const random = by('luck', ({ luck }) => luck)

function by(name: string, key: (agent: Agent) => number): AgentOrder {
  return {
    name,
    key,
    isBefore(a, b) {
      const one = key(a)
      const other = key(b)
      return one === other ? isLongerIdle(a, b) : one < other
    },
  }
}

/** Settles equals of any order: the longest idle first, then by id, the same on every node. */
export function isLongerIdle(a: Agent, b: Agent): boolean {
  return a.idleSinceAt === b.idleSinceAt ? a.agentId < b.agentId : a.idleSinceAt < b.idleSinceAt
}
