import type { AfterTalk, CallEvent, Overflow } from '../call/call-event.ts'
import type { CallState } from '../call/live-call.ts'
import type { CallId, EpochMs, QueueId } from '../catalogue/ids.ts'
import { type CallChange, type Requirement, refuseNeeds } from '../catalogue/needs.ts'
import { done, type PlainReply, type Refusal, refuse } from '../catalogue/refusals.ts'
import type { TransferTarget } from '../catalogue/targets.ts'
import type { Acd } from '../core/acd.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { ClassifierWatch } from './classifier-watch.ts'
import { type FlowRequest, findFlow } from './find-flow.ts'
import type { TenantSettings } from './settings.ts'
import { callQueue } from './translation.ts'

/** The destination of a transfer. */
export type CallTarget =
  | {
      readonly type: 'queue'
      readonly queueId: string
      readonly priority?: number
      readonly requires?: Requirement
    }
  | TransferTarget

/** The part of a tenant that is needed to control its calls. */
interface Controlled {
  readonly id: string
  readonly settings: TenantSettings
  readonly acd: Acd
  dispatch(handle: CallHandle, event: CallEvent): void
  send(handle: CallHandle, command: { type: 'hangUp'; legId: CallId; cause: string }): void
}

interface CallControlPorts {
  readonly classifier: ClassifierWatch
  now(): EpochMs
  newId(): string
}

/** Operations on the calls of a tenant. Ids are checked, and a refusal is a value. */
export class CallControl {
  readonly #tenant: Controlled
  readonly #calls: CallRegistry
  readonly #ports: CallControlPorts

  constructor(tenant: Controlled, calls: CallRegistry, ports: CallControlPorts) {
    this.#tenant = tenant
    this.#calls = calls
    this.#ports = ports
  }

  /**
   * Classifies a call: changes it, or with an empty change declares that nothing is known about it.
   * A call that is held back for its classification enters its queue.
   */
  classify(
    callId: string,
    change: CallChange,
  ): { readonly ok: true; readonly isWaiting: boolean } | Refusal {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    const { classifyWithinMs } = this.#tenant.settings
    const fields = Object.keys(change)
    // A change of the place alone is not a classification.
    if (fields.join() !== 'enqueuedAt') {
      const at = this.#ports.now()
      this.#ports.classifier.recordAnswer(at - handle.bornAt, classifyWithinMs, at)
    }
    const isHeld = handle.call.state === 'heldBack'
    const answer = isHeld || fields.length > 0 ? this.changeCall(callId, change) : done
    const { state } = handle.call
    return answer.ok ? { ok: true, isWaiting: state === 'waiting' || state === 'ringing' } : answer
  }

  /**
   * Changes a call that waits or is in a flow. The change is also written to the caller's channel,
   * where it survives the engine.
   */
  changeCall(callId: string, change: CallChange): PlainReply {
    const refusal = refuseNeeds(change)
    if (refusal !== undefined) {
      return refusal
    }
    return this.#in(callId, ['heldBack', 'waiting', 'ringing', 'inFlow'], (handle) => {
      this.#dispatch(handle, { type: 'changed', ...change, at: this.#ports.now() })
      return done
    })
  }

  /**
   * Sends a waiting call to another queue, or to the end of its own.
   *
   * @param queueId undefined: the queue it is in
   * @param keepsPlace false: it moves to the end
   */
  requeue(
    callId: string,
    queueId?: string,
    keepsPlace = true,
  ): { readonly ok: true; readonly queueId: QueueId; readonly enqueuedAt: EpochMs } | Refusal {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    const queue = callQueue(this.#tenant.settings, (queueId ?? handle.call.queueId) as QueueId)
    if (queue === undefined) {
      return refuse('queueUnknown', 'the tenant has no such queue')
    }
    const answer = this.#in(callId, ['waiting', 'ringing'], () => {
      this.#dispatch(handle, { type: 'requeued', queue, keepsPlace, at: this.#ports.now() })
      return done
    })
    const { enqueuedAt } = handle.call
    return answer.ok ? { ok: true, queueId: queue.queueId, enqueuedAt } : answer
  }

  /** Transfers a call blindly: to a queue, where it gets a new place, or to the dialplan. */
  transfer(callId: string, to: CallTarget): PlainReply {
    return this.#in(callId, ['waiting', 'ringing', 'inFlow', 'talking'], (handle) => {
      const at = this.#ports.now()
      const { state, isAgentFirst } = handle.call
      if (isAgentFirst) {
        return refuse(
          'callNotWaiting',
          'the agent was rung first; only the agent can transfer this call, by phone',
        )
      }
      const isWaiting = state === 'waiting' || state === 'ringing'
      if (to.type === 'transfer') {
        const { type: _type, ...target } = to
        this.#dispatch(
          handle,
          isWaiting ? sentAway(to, at) : { type: 'transferAsked', to: target, at },
        )
        return done
      }
      const queue = callQueue(this.#tenant.settings, to.queueId as QueueId)
      const { priority, requires } = to
      const change = {
        ...(priority === undefined ? {} : { priority }),
        ...(requires === undefined ? {} : { requires }),
      }
      const refusal = refuseNeeds(change)
      if (queue === undefined || refusal !== undefined) {
        return refusal ?? refuse('queueUnknown', 'the tenant has no such queue')
      }
      if (state === 'inFlow') {
        return refuse('callNotWaiting', 'the caller is in a flow')
      }
      if (!isWaiting) {
        this.#dispatch(handle, { type: 'sentOn', next: { type: 'queue', queue, ...change }, at })
        return done
      }
      const changed = Object.keys(change).length > 0 ? this.changeCall(callId, change) : done
      return changed.ok ? withoutFields(this.requeue(callId, to.queueId, false)) : changed
    })
  }

  hangUp(callId: string, cause: string): PlainReply {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    const { state } = handle.call
    if (state === 'waiting' || state === 'ringing') {
      this.#dispatch(handle, sentAway({ type: 'hangUp', cause }, this.#ports.now()))
    } else {
      this.#tenant.send(handle, { type: 'hangUp', legId: handle.callId, cause })
    }
    return done
  }

  /**
   * Runs a flow for a waiting caller. An agent's phone that rings for them is stopped. If the flow
   * does not send the caller elsewhere, they wait on at their place. In addition to the given
   * values, the flow has `position` and `waitMinutes`.
   */
  runFlow(callId: string, request: FlowRequest): PlainReply {
    const found = findFlow(this.#tenant.settings, request, 'command', this.#ports.newId)
    if ('ok' in found) {
      return found
    }
    return this.#in(callId, ['waiting', 'ringing'], (handle) => {
      const { position, expectedWaitMs } = this.#tenant.acd.outlook(handle.callId) ?? {}
      const variables = {
        ...(position === undefined ? {} : { position: String(position) }),
        ...(expectedWaitMs === undefined
          ? {}
          : { waitMinutes: String(Math.max(1, Math.round(expectedWaitMs / 60_000))) }),
        ...found.variables,
      }
      const flow = { ...found, variables }
      this.#dispatch(handle, { type: 'flowAsked', flow, at: this.#ports.now() })
      return done
    })
  }

  /**
   * Sets a flow for a caller who waits or talks. It runs when the agent hangs up, if the caller is
   * still there.
   */
  runFlowAfterTalk(callId: string, request: FlowRequest): PlainReply {
    const flow = findFlow(this.#tenant.settings, request, 'afterTalk', this.#ports.newId)
    if ('ok' in flow) {
      return flow
    }
    return this.#in(callId, ['waiting', 'ringing', 'talking'], (handle) => {
      if (handle.call.isAgentFirst) {
        return refuse(
          'callNotWaiting',
          'the agent was rung first; the call ends when the agent hangs up',
        )
      }
      const next: AfterTalk = { type: 'flow', flow }
      this.#dispatch(handle, { type: 'nextSet', next, at: this.#ports.now() })
      return done
    })
  }

  #dispatch(handle: CallHandle, event: CallEvent): void {
    this.#tenant.dispatch(handle, event)
  }

  #find(callId: string): CallHandle | Refusal {
    const handle = this.#calls.get(callId as CallId)
    return handle === undefined || handle.tenant !== this.#tenant
      ? refuse('callUnknown', 'the tenant has no such call')
      : handle
  }

  #in(
    callId: string,
    states: readonly CallState[],
    act: (handle: CallHandle) => PlainReply,
  ): PlainReply {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    return states.includes(handle.call.state)
      ? act(handle)
      : refuse('callNotWaiting', 'the call is not in a state that allows this')
  }
}

function sentAway(
  overflow: Extract<Overflow, { type: 'hangUp' | 'transfer' }>,
  at: EpochMs,
): CallEvent {
  return { type: 'givenUp', reason: 'command', overflow, at }
}

function withoutFields(answer: PlainReply): PlainReply {
  return answer.ok ? done : answer
}
