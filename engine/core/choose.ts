import { type Agent, isOfferedBefore, isServedBefore, type WaitingCall } from './groups.ts'

/** What was found, and among how many groups. */
export interface Choice<T> {
  readonly chosen: T
  readonly groupsConsidered: number
}

/** The agent to ring for `call`: the first of the idle who suit it and did not refuse it lately. */
export function chooseAgent(call: WaitingCall): Choice<Agent> | undefined {
  let best: Agent | undefined
  let groupsConsidered = 0
  for (const { idle } of call.demand.profiles) {
    if (idle.size === 0) {
      continue
    }
    groupsConsidered += 1
    const agent = idle.firstWhere(({ agentId }) => !call.refusedBy.has(agentId))
    if (agent !== undefined && (best === undefined || isOfferedBefore(agent, best))) {
      best = agent
    }
  }
  return best === undefined ? undefined : { chosen: best, groupsConsidered }
}

/** The call to ring `agent` for: the first of those waiting whom the agent suits and did not refuse lately. */
export function chooseCall({ agentId, profile }: Agent): Choice<WaitingCall> | undefined {
  let best: WaitingCall | undefined
  let groupsConsidered = 0
  for (const { waiting } of profile.demands) {
    if (waiting.size === 0) {
      continue
    }
    groupsConsidered += 1
    const call = waiting.firstWhere(({ refusedBy }) => !refusedBy.has(agentId))
    if (call !== undefined && (best === undefined || isServedBefore(call, best))) {
      best = call
    }
  }
  return best === undefined ? undefined : { chosen: best, groupsConsidered }
}
