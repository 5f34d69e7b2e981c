import type { EpochMs, QueueId } from '../catalogue/ids.ts'
import type { FlowEffect, FlowEvent } from '../flow/flow-event.ts'
import { createFlowRun } from '../flow/flow-run.ts'
import {
  activeLegs,
  type CallContext,
  type FlowAtWork,
  hangUp,
  notifyCore,
  type Of,
  publish,
  reportOfferEnd,
  type Step,
  send,
  takeCall,
} from './call-context.ts'
import type { CallEffect, CallFlow } from './call-event.ts'

/** What an engine before us may still be saying is stopped first, and so long is waited for that. */
const quietMs = 500

/** A flow begins to talk to the caller. */
export function enterFlow(context: CallContext, given: CallFlow, at: EpochMs): Step {
  const { callId, found, tenant, queue } = context
  const { flow, runId, name, by } = given
  const variables = { ...context.variables, ...given.variables }
  const run = createFlowRun({ flow, callId, runId, variables })
  const isFound = found !== undefined
  const beginsAt = isFound ? at + quietMs : undefined
  const entered = {
    flow: { given, run, since: at, beginsAt, ended: undefined },
    found: undefined,
    isReturning: false,
  }
  const begun = isFound
    ? { effects: [send({ type: 'stopPrompt', callId })] }
    : advanceFlow({ ...context, ...entered }, { type: 'started', at })
  const about = { tenant, callId, at, flow: name, by }
  return {
    change: { ...entered, wayOutTask: undefined, ...begun.change },
    effects: [
      takeCall({ ...context, ...entered }),
      publish({
        type: 'flow.started',
        data: { ...about, ...(queue.queueId === '' ? {} : { queue: queue.queueId }) },
      }),
      ...(begun.effects ?? []),
    ],
  }
}

/** A waiting caller shall be talked to: the core gets the agents back, the call keeps its place. */
export function leaveForFlow(context: CallContext, { flow, at }: Of<'flowAsked'>): Step {
  const { callId, standing } = context
  const ringing = activeLegs(context)
  const left = {
    releasedLegs: standing?.legs.map(({ legId }) => legId) ?? [],
    next: undefined,
    found: undefined,
  }
  const entered = enterFlow({ ...context, ...left }, flow, at)
  return {
    change: { ...left, ...entered.change },
    effects: [
      ...ringing.map(({ legId }) => hangUp(legId, 'ORIGINATOR_CANCEL')),
      ...(standing === undefined
        ? []
        : ringing.map(({ agentId }) =>
            reportOfferEnd(context, standing, agentId, 'withdrawn', 'flow', at),
          )),
      notifyCore({ type: 'callLeft', callId }),
      ...(entered.effects ?? []),
    ],
  }
}

/** Tells the flow at work a fact of the switch. */
export function handlePromptEvent(
  context: CallContext,
  event: Of<'promptEnded' | 'digitsCollected' | 'promptRefused'>,
): Step {
  if (event.type !== 'promptRefused') {
    return advanceFlow(context, event)
  }
  const { promptId, reason, at } = event
  return advanceFlow(context, { type: 'commandFailed', promptId, reason, at })
}

/** The flow begins, or one of its limits is reached. */
export function handleTimePassed(context: CallContext, at: EpochMs): Step {
  const { flow } = context
  if (flow?.beginsAt === undefined) {
    return advanceFlow(context, { type: 'timePassed', at })
  }
  if (at < flow.beginsAt) {
    return {}
  }
  const begun = { flow: { ...flow, beginsAt: undefined } }
  const step = advanceFlow({ ...context, ...begun }, { type: 'started', at })
  return { ...step, change: { ...begun, ...step.change } }
}

/** Tells the flow at work a fact, and passes its wishes on. */
export function advanceFlow(context: CallContext, event: FlowEvent): Step {
  const { flow } = context
  if (flow === undefined) {
    return {}
  }
  const flowEffects = flow.run.handle(event)
  const end = flowEffects.find((wish) => wish.type === 'ended')
  return {
    change:
      end === undefined
        ? {}
        : {
            flow: { ...flow, ended: { at: event.at, outcome: end.outcome } },
            variables: end.variables,
          },
    effects: flowEffects.flatMap((wish) => translateEffect(context, flow, wish, event.at)),
  }
}

function translateEffect(
  { tenant, callId }: CallContext,
  { given, since }: FlowAtWork,
  effect: FlowEffect,
  at: EpochMs,
): readonly CallEffect[] {
  const about = { tenant, callId, at, flow: given.name }
  switch (effect.type) {
    case 'send':
      return [effect]
    case 'collected': {
      const { name, value } = effect
      const told = isPublic(given, name) ? { name, value } : { name }
      return [publish({ type: 'flow.collected', data: { ...about, ...told } })]
    }
    case 'fault': {
      const { step, problem } = effect
      return [{ type: 'flowFault', flow: given.name, step, problem }]
    }
    case 'ended': {
      const { outcome } = effect
      const durationMs = Math.max(0, at - since)
      const data = { ...about, outcome: outcome.type, durationMs }
      const ended = publish({ type: 'flow.ended', data })
      return outcome.type === 'queue'
        ? [ended, { type: 'findQueue', queueId: outcome.queue as QueueId }]
        : [ended]
    }
  }
}

/** Digits may be a PIN: a variable is told of only where all that write it may be. */
function isPublic({ flow }: CallFlow, name: string): boolean {
  return flow.steps.every(
    ({ action }) => action.type !== 'ask' || action.into !== name || action.isPublic,
  )
}
