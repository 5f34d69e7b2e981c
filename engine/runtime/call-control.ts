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

/** Where a call shall go on. */
export type CallTarget =
  | {
      readonly type: 'queue'
      readonly queueId: string
      readonly priority?: number
      readonly requires?: Requirement
    }
  | TransferTarget

/** The tenant at work, as far as its calls are controlled. */
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

/** What a tenant can be told of calls. Ids are checked, and a refusal is a value. */
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
   * Says what a call needs, or with no change that nothing is known of it: one that is held
   * back for this waits no longer.
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
    const words = Object.keys(change)
    // A place that is taken over is no word of what the call needs.
    if (words.join() !== 'enqueuedAt') {
      const at = this.#ports.now()
      this.#ports.classifier.recordAnswer(at - handle.bornAt, classifyWithinMs, at)
    }
    const isHeld = handle.call.state === 'heldBack'
    const answer = isHeld || words.length > 0 ? this.changeCall(callId, change) : done
    const { state } = handle.call
    return answer.ok ? { ok: true, isWaiting: state === 'waiting' || state === 'ringing' } : answer
  }

  /** More is known of a call that waits, or that a flow talks to. It is written on the caller's channel too, and so survives the engine. */
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
   * @param queueId undefined: the one it is in
   * @param keepsPlace false: it waits from now on
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

  /** Gives a call away without asking anybody: to a queue, where it waits anew, or to the dialplan. */
  transfer(callId: string, to: CallTarget): PlainReply {
    return this.#in(callId, ['waiting', 'ringing', 'inFlow', 'talking'], (handle) => {
      const at = this.#ports.now()
      const { state, isAgentFirst } = handle.call
      if (isAgentFirst) {
        return refuse('callNotWaiting', 'the agent was rung first, and transfers by phone')
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
        return refuse('callNotWaiting', 'a flow talks to the caller')
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
   * Lets a flow talk to a caller who waits. When it ends without sending them elsewhere they
   * wait on, at their place; an agent's phone that rings for them is stopped. Beside the values
   * given it has `position` and `waitMinutes`.
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

  /** Lets a flow talk to a caller who waits or talks, as soon as the agent has left and if they have not. */
  runFlowAfterTalk(callId: string, request: FlowRequest): PlainReply {
    const flow = findFlow(this.#tenant.settings, request, 'afterTalk', this.#ports.newId)
    if ('ok' in flow) {
      return flow
    }
    return this.#in(callId, ['waiting', 'ringing', 'talking'], (handle) => {
      if (handle.call.isAgentFirst) {
        return refuse(
          'callNotWaiting',
          'the agent was rung first: the caller leaves with the agent',
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
      : refuse('callNotWaiting', 'the call does not wait')
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
