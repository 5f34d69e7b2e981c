import type { EngineEvent } from '../catalogue/events/events.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import {
  type CallContext,
  callFields,
  hangUp,
  notifyCore,
  type Of,
  publish,
  type Step,
  takeCall,
} from './call-context.ts'

/** Continues a conversation that was found on the switch. */
export function carryOn(context: CallContext): Step {
  const { callId, queue, talk } = context
  const { queueId } = queue
  return talk === undefined
    ? {}
    : {
        effects: [
          takeCall(context),
          notifyCore({ type: 'talkFound', callId, agentId: talk.agentId, queueId }),
        ],
      }
}

/** One party put the other on hold. */
export function hold(context: CallContext, at: EpochMs): Step {
  const { talk } = context
  if (talk === undefined || talk.heldSince !== undefined) {
    return {}
  }
  return {
    change: { talk: { ...talk, heldSince: at } },
    effects: [
      publish({ type: 'call.held', data: { ...callFields(context, at), agent: talk.agentId } }),
    ],
  }
}

/** The hold ended. */
export function resume(context: CallContext, at: EpochMs): Step {
  const { talk } = context
  if (talk?.heldSince === undefined) {
    return {}
  }
  const holdMs = at - talk.heldSince
  return {
    change: { talk: { ...talk, heldSince: undefined, holdMs: talk.holdMs + holdMs } },
    effects: [
      publish({
        type: 'call.resumed',
        data: { ...callFields(context, at), agent: talk.agentId, holdMs },
      }),
    ],
  }
}

/** The party who left first ended the conversation. */
export function part({ talk, dialled }: CallContext, { isCallerGone }: Of<'parted'>): Step {
  const isCustomers = isCallerGone !== (dialled?.isAgentFirst ?? false)
  return talk === undefined
    ? {}
    : { change: { talk: { ...talk, endedBy: isCustomers ? 'caller' : 'agent' } } }
}

/** The agent's leg is gone: the agent's conversation is over. */
export function releaseAgent({ talk }: CallContext): Step {
  return talk?.isAgentOn !== true
    ? {}
    : {
        change: { talk: { ...talk, isAgentOn: false } },
        effects: [notifyCore({ type: 'talkEnded', agentId: talk.agentId })],
      }
}

/** Hangs up a caller who is still there after the conversation. */
export function dismiss({ callId }: CallContext): Step {
  return { effects: [hangUp(callId, 'NORMAL_CLEARING')] }
}

/**
 * The caller left a conversation. An agent who is still on the line is hung up, and free once that
 * leg is gone.
 */
export function complete(context: CallContext, at: EpochMs): Step {
  const { talk } = context
  return {
    effects: [
      ...(talk?.isAgentOn === true ? [hangUp(talk.legId, 'NORMAL_CLEARING')] : []),
      ...completion(context, at).map(publish),
    ],
  }
}

/** `call.completed` for a conversation that is over; nothing if there was none. */
export function completion(context: CallContext, at: EpochMs): readonly EngineEvent[] {
  const { talk } = context
  if (talk === undefined) {
    return []
  }
  const { agentId: agent, since, heldSince, endedBy } = talk
  const holdMs = talk.holdMs + (heldSince === undefined ? 0 : at - heldSince)
  const waitMs = Math.max(0, since - context.enqueuedAt)
  const talkMs = Math.max(0, at - since)
  const data = { ...callFields(context, at), agent, waitMs, talkMs, holdMs, endedBy }
  return [{ type: 'call.completed', data }]
}
