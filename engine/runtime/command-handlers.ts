import type { AgentStatus } from '../catalogue/agent.ts'
import type { CommandInput } from '../catalogue/commands/commands.ts'
import { readCommandNeeds } from '../catalogue/commands/needs.ts'
import type { AgentId, QueueId } from '../catalogue/ids.ts'
import { type PlainReply, refuse } from '../catalogue/refusals.ts'
import { defaultDialplan } from '../catalogue/targets.ts'
import type { EngineCommandHandlers } from '../commands/serve.ts'
import type { CallTarget } from './call-control.ts'
import type { AgentListing } from './control.ts'
import type { DialRequest } from './dial-control.ts'
import type { FlowRequest } from './find-flow.ts'
import type { Tenant } from './tenant.ts'

/**
 * The handlers of the catalogue's commands for one tenant. Commands that are carried out by plugins,
 * such as those of the callback plugin, are not included.
 */
export function commandHandlers(
  tenant: Tenant,
  world: { now(): number; newId(): string },
): EngineCommandHandlers {
  const { control, calls, dialling } = tenant
  const stateOf = (agent: string) => tenant.acd.agentState(agent as AgentId) ?? 'off'
  const withState = (agent: string, answer: PlainReply) =>
    answer.ok ? { ok: true as const, state: stateOf(agent) } : answer
  const choose = (agent: string, status: AgentStatus) =>
    withState(agent, control.setStatus(agent, status))

  return {
    'call.classify': ({ callId, ...needs }) => calls.classify(callId, readCommandNeeds(needs)),
    'call.setPriority': ({ callId, priority }) => calls.changeCall(callId, { priority }),
    'call.requeue': ({ callId, queue, keepPlace = false }) => {
      const answer = calls.requeue(callId, queue, keepPlace)
      return answer.ok ? { ok: true, queue: answer.queueId, enqueuedAt: answer.enqueuedAt } : answer
    },
    'call.transfer': ({ callId, to }) => calls.transfer(callId, targetOf(to)),
    'call.runFlow': ({ callId, flow, values, when = 'now' }) => {
      const request = flowOf(flow, values)
      return when === 'now'
        ? calls.runFlow(callId, request)
        : calls.runFlowAfterTalk(callId, request)
    },
    'call.hangUp': ({ callId, cause = 'NORMAL_CLEARING' }) => calls.hangUp(callId, cause),
    'call.originate': async ({ callId = world.newId(), onAnswer, ...dial }) => {
      const goal =
        onAnswer.type === 'flow'
          ? flowOf(onAnswer.flow, onAnswer.values)
          : { ...readCommandNeeds(onAnswer), queueId: onAnswer.queue }
      const answer = await dialling.originate(dialOf(callId, dial), goal)
      return answer.ok ? { ok: true, callId, isNew: answer.isNew } : answer
    },
    'agent.login': ({ agent }) => choose(agent, { type: 'available' }),
    'agent.logout': ({ agent }) => choose(agent, { type: 'loggedOut' }),
    'agent.setStatus': ({ agent, status, breakReason = '' }) =>
      choose(
        agent,
        status === 'onBreak' ? { type: status, reason: breakReason } : { type: status },
      ),
    'agent.setSkills': ({ agent, skills }) =>
      control.setSkills(agent, new Map(Object.entries(skills))),
    'agent.endWrapUp': ({ agent }) => withState(agent, control.endWrapUp(agent)),
    'agent.prolongWrapUp': ({ agent, byMs }) => {
      const answer = control.prolongWrapUp(agent, byMs)
      return answer.ok ? { ok: true, endsAt: control.wrapUpEndsAt(agent) ?? world.now() } : answer
    },
    'callback.place': async ({
      callId,
      number,
      callerId,
      ringMs,
      first = 'customer',
      ...place
    }) => {
      const request = dialOf(callId, { number, callerId, ringMs })
      const queuePlace = { ...readCommandNeeds(place), queueId: place.queue }
      return await dialling.place(request, queuePlace, first === 'agent')
    },
    'callback.withdraw': ({ callId }) => ({ ok: true, state: dialling.withdraw(callId) }),
    'queue.list': ({ queue }) => {
      const all = control.listQueues()
      const queues = all.filter(({ queueId }) => queue === undefined || queueId === queue)
      return queue !== undefined && queues.length === 0
        ? refuse('queueUnknown', 'the tenant has no such queue')
        : {
            ok: true,
            queues: queues.map(({ queueId, waiting, oldestAt, staffed, idle }) => ({
              ...{ queue: queueId, waiting, staffed, idle },
              longestWaitMs: oldestAt === undefined ? 0 : Math.max(0, world.now() - oldestAt),
            })),
          }
    },
    'agent.list': ({ queue }) => ({
      ok: true,
      agents: control
        .listAgents()
        .filter(({ queueIds }) => queue === undefined || queueIds.includes(queue as QueueId))
        .map(describeAgent),
    }),
  }
}

function dialOf(
  callId: string,
  {
    number,
    callerId,
    ringMs,
  }: {
    readonly number: string
    readonly callerId?: string | undefined
    readonly ringMs?: number | undefined
  },
): DialRequest {
  return {
    ...{ callId, number },
    ...(callerId === undefined ? {} : { callerId }),
    ...(ringMs === undefined ? {} : { ringMs }),
  }
}

function targetOf(to: CommandInput<'call.transfer'>['to']): CallTarget {
  if (to.type === 'number') {
    return { type: 'transfer', extension: to.number, ...defaultDialplan }
  }
  const { priority, requires } = readCommandNeeds(to)
  return {
    ...{ type: 'queue', queueId: to.queue },
    ...(priority === undefined ? {} : { priority }),
    ...(requires === undefined ? {} : { requires }),
  }
}

function flowOf(
  flow: CommandInput<'call.runFlow'>['flow'],
  values: Readonly<Record<string, string>> = {},
): FlowRequest {
  return { flow: flow.type === 'named' ? flow.name : flow.definition, values }
}

function describeAgent({ agentId, state, status, callId, skills, queueIds }: AgentListing) {
  return {
    ...{ agent: agentId, state, status: status.type, queues: [...queueIds] },
    ...(status.type === 'onBreak' ? { breakReason: status.reason } : {}),
    skills: Object.fromEntries(skills),
    ...(callId === undefined ? {} : { callId }),
  }
}
