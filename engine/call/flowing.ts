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

/** A prompt of the previous engine may still play: it is stopped, and the flow starts this much later. */
const quietMs = 500

/** Starts a flow on the call. */
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

/**
 * Takes a waiting call out of its queue and starts a flow. Its agents are released, and it keeps
 * its place.
 */
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

/** Passes an event about a prompt to the flow. */
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

/** Starts a delayed flow, or lets a limit of the running flow expire. */
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

/** Passes an event to the flow, and translates the effects that follow. */
export function advanceFlow(context: CallContext, event: FlowEvent): Step {
  const { flow } = context
  if (flow === undefined) {
    return {}
  }
  const flowEffects = flow.run.handle(event)
  const end = flowEffects.find((effect) => effect.type === 'ended')
  return {
    change:
      end === undefined
        ? {}
        : {
            flow: { ...flow, ended: { at: event.at, outcome: end.outcome } },
            variables: end.variables,
          },
    effects: flowEffects.flatMap((effect) => translateEffect(context, flow, effect, event.at)),
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
      const collected = isPublic(given, name) ? { name, value } : { name }
      return [publish({ type: 'flow.collected', data: { ...about, ...collected } })]
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

/** Digits may be a PIN: a value is published only if every step that writes the variable allows it. */
function isPublic({ flow }: CallFlow, name: string): boolean {
  return flow.steps.every(
    ({ action }) => action.type !== 'ask' || action.into !== name || action.isPublic,
  )
}
