import type { AgentStatus } from '../catalogue/agent.ts'
import type { AgentId, CallId, QueueId } from '../catalogue/ids.ts'
import type { CoreParts } from './core-parts.ts'
import type { AcdEvent } from './event.ts'
import { type Agent, isOffered } from './groups.ts'
import type { AcdSettings } from './settings.ts'

/**
 * Does what an event asks for. Events about calls and agents that the core does not know are
 * ignored.
 */
export function applyEvent(parts: CoreParts, event: AcdEvent): void {
  const { room, roster, offers } = parts
  switch (event.type) {
    case 'callQueued': {
      const call = room.admit(event)
      if (call !== undefined) {
        offers.serveCall(call)
      }
      break
    }
    case 'callChanged': {
      const call = room.get(event.callId)
      if (call !== undefined && call.overflow === undefined) {
        room.change(call, event)
        offers.serveCall(call)
      }
      break
    }
    case 'callReached': {
      const call = room.get(event.callId)
      if (call?.dial !== undefined) {
        offers.reach(call)
      }
      break
    }
    case 'callLeft':
      offers.drop(event.callId)
      break
    case 'settingsChanged':
      changeSettings(parts, event.settings)
      break
    case 'timePassed':
      break
    default: {
      const agent = roster.get(event.agentId)
      if (agent !== undefined) {
        applyToAgent(parts, agent, event)
      } else if (event.type === 'talkFound') {
        offers.drop(event.callId)
      }
    }
  }
}

function applyToAgent(
  parts: CoreParts,
  agent: Agent,
  event: Extract<AcdEvent, { agentId: AgentId }>,
): void {
  const { roster, states, offers } = parts
  switch (event.type) {
    case 'offerAccepted':
      offers.accept(event.callId, agent)
      break
    case 'offerFailed':
      offers.fail(event.callId, agent, event.outcome)
      break
    case 'talkFound':
      findTalk(parts, agent, event.callId, event.queueId)
      break
    case 'talkEnded':
      endTalk(parts, agent, event.callId)
      break
    case 'wrapUpEnded':
      if (agent.state === 'wrapUp') {
        states.free(agent)
      }
      break
    case 'wrapUpProlonged':
      states.prolongWrapUp(agent, event.byMs)
      break
    case 'statusChosen':
      chooseStatus(parts, agent, event.status)
      break
    case 'skillsSet':
      roster.setSkills(agent, event.skills)
      offers.serveAgent(agent)
      break
  }
}

/** The switch is right: whatever the core intended for this call and this agent is over. */
function findTalk(
  { states, offers }: CoreParts,
  agent: Agent,
  callId: CallId,
  queueId: QueueId,
): void {
  if (isOffered(agent) && agent.callId === callId) {
    offers.accept(callId, agent)
    return
  }
  offers.drop(callId)
  if (agent.state !== 'talking') {
    offers.recall(agent)
    states.startTalk(agent, callId, queueId)
  }
}

function endTalk(
  { shared, states, forecast }: CoreParts,
  agent: Agent,
  callId: CallId | undefined,
): void {
  const isTheirs = callId === undefined || callId === agent.callId
  if (agent.state !== 'talking' || !isTheirs) {
    return
  }
  const { queueId, talkSince } = agent
  const queue = queueId === undefined ? undefined : shared.index.queue(queueId)
  if (queue !== undefined && talkSince !== undefined) {
    forecast.noteHandled(queue, shared.time.now - talkSince + states.wrapUpOf(agent))
  }
  states.startWrapUp(agent)
}

function chooseStatus(
  { states, staffing, offers }: CoreParts,
  agent: Agent,
  status: AgentStatus,
): void {
  states.chooseStatus(agent, status)
  if (isOffered(agent) && status.type !== 'available') {
    offers.recall(agent)
    states.free(agent)
  }
  staffing.settle(agent)
}

function changeSettings(parts: CoreParts, settings: AcdSettings): void {
  const { shared, room, roster, offers } = parts
  const named = new Set(settings.agents.map(({ agentId }) => agentId))
  for (const agent of [...roster.agents]) {
    if (!named.has(agent.agentId)) {
      offers.withdraw(agent)
      roster.remove(agent)
    }
  }
  shared.rules = settings
  room.leaveIndex()
  roster.leaveIndex()
  shared.index.replaceQueues(settings.queues)
  roster.joinIndex(settings.agents)
  room.joinIndex()
  for (const agent of roster.agents) {
    offers.serveAgent(agent)
  }
}
