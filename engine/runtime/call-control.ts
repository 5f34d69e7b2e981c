import type { AfterTalk, CallEvent, CallFlow, FlowReason, Overflow } from '../call/call-event.ts'
import type { CallState } from '../call/live-call.ts'
import type { Acd } from '../core/acd.ts'
import type { CallId, DurationMs, EpochMs, QueueId } from '../core/ids.ts'
import type { Preferred, Requirement } from '../core/settings.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import type { Switch } from '../switch/switch.ts'
import { type Answer, done, type Refused, refuse } from './answer.ts'
import { type CallChange, faultOf } from './call-change.ts'
import { writeCallFacts } from './call-facts.ts'
import type { CallHandle, CallRegistry } from './call-registry.ts'
import type { ClassifierWatch } from './classifier-watch.ts'
import type { Contact, ContactRequest } from './contact.ts'
import type { Contacts } from './contacts.ts'
import type { TenantSettings } from './settings.ts'
import { callFlow, callQueue } from './translation.ts'

/** Where a call shall go on. */
export type CallTarget =
  | {
      readonly type: 'queue'
      readonly queueId: string
      readonly priority?: number
      readonly requires?: Requirement
    }
  | {
      readonly type: 'transfer'
      readonly extension: string
      readonly dialplan: string
      readonly context: string
    }

/** A flow that is asked for: by its name, or as JSON. An engine that takes the call over begins only a named one anew. */
export interface FlowRequest {
  readonly flow: unknown
  /** For `{NAME}` in prompts and for `when`. */
  readonly values?: Readonly<Record<string, string>>
}

/** A customer to be dialled. */
export interface DialRequest {
  /** Unlike that of any other attempt: nobody is dialled twice for it. */
  readonly callId: string
  readonly number: string
  readonly callerId?: string
  readonly ringMs?: DurationMs
}

/** A place in a queue that a customer shall have who is not on the line. */
export interface QueuePlace {
  readonly queueId: string
  readonly enqueuedAt?: EpochMs
  readonly priority?: number
  readonly requires?: Requirement
  readonly preferred?: Preferred
}

/** What has become of a customer who was placed: see `callback.place`. */
export type ContactState = 'waiting' | 'dialling' | 'reached' | 'spent'

/** The tenant at work, as far as its calls are controlled. */
interface Controlled {
  readonly id: string
  readonly settings: TenantSettings
  readonly acd: Acd
  tell(handle: CallHandle, event: CallEvent): void
  send(handle: CallHandle, command: { type: 'hangUp'; legId: CallId; cause: string }): void
}

interface CallControlPorts {
  readonly contacts: Contacts
  readonly classifier: ClassifierWatch
  pickSwitch(names: readonly string[] | undefined): Switch | undefined
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
  ): { readonly ok: true; readonly isWaiting: boolean } | Refused {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    const { classifyWithinMs } = this.#tenant.settings
    this.#ports.classifier.hear(this.#ports.now() - handle.bornAt <= classifyWithinMs)
    const isHeld = handle.call.state === 'heldBack'
    const answer = isHeld || Object.keys(change).length > 0 ? this.changeCall(callId, change) : done
    const { state } = handle.call
    return answer.ok ? { ok: true, isWaiting: state === 'waiting' || state === 'ringing' } : answer
  }

  /** More is known of a call that waits, or that a flow talks to. It is written on the caller's channel too, and so survives the engine. */
  changeCall(callId: string, change: CallChange): Answer {
    const fault = faultOf(change)
    if (fault !== undefined) {
      return refuse('invalid', fault)
    }
    return this.#in(callId, ['heldBack', 'waiting', 'ringing', 'inFlow'], (handle) => {
      const { priority, enqueuedAt } = change
      const variables = {
        ...(priority === undefined ? {} : { acd_priority: String(priority) }),
        ...(enqueuedAt === undefined || enqueuedAt >= handle.call.enqueuedAt
          ? {}
          : { acd_enqueued_at: String(enqueuedAt) }),
        ...writeCallFacts(change),
      }
      this.#tell(handle, { type: 'changed', ...change, variables, at: this.#ports.now() })
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
  ): { readonly ok: true; readonly queueId: QueueId; readonly enqueuedAt: EpochMs } | Refused {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    const queue = callQueue(this.#tenant.settings, (queueId ?? handle.call.queueId) as QueueId)
    if (queue === undefined) {
      return refuse('unknownQueue', 'the tenant has no such queue')
    }
    const answer = this.#in(callId, ['waiting', 'ringing'], () => {
      this.#tell(handle, { type: 'requeued', queue, keepsPlace, at: this.#ports.now() })
      return done
    })
    const { enqueuedAt } = handle.call
    return answer.ok ? { ok: true, queueId: queue.queueId, enqueuedAt } : answer
  }

  /** Gives a call away without asking anybody: to a queue, where it waits anew, or to the dialplan. */
  transfer(callId: string, to: CallTarget): Answer {
    return this.#in(callId, ['waiting', 'ringing', 'inFlow', 'talking'], (handle) => {
      const at = this.#ports.now()
      const { state } = handle.call
      const isWaiting = state === 'waiting' || state === 'ringing'
      if (to.type === 'transfer') {
        const { type: _type, ...target } = to
        this.#tell(handle, isWaiting ? sentAway(to, at) : { type: 'transferAsked', to: target, at })
        return done
      }
      const queue = callQueue(this.#tenant.settings, to.queueId as QueueId)
      const { priority, requires } = to
      const change = {
        ...(priority === undefined ? {} : { priority }),
        ...(requires === undefined ? {} : { requires }),
      }
      const fault = faultOf(change)
      if (queue === undefined || fault !== undefined) {
        return queue === undefined
          ? refuse('unknownQueue', 'the tenant has no such queue')
          : refuse('invalid', fault ?? '')
      }
      if (state === 'inFlow') {
        return refuse('notWaiting', 'a flow talks to the caller')
      }
      if (!isWaiting) {
        this.#tell(handle, { type: 'sentOn', next: { type: 'queue', queue, ...change }, at })
        return done
      }
      const changed = Object.keys(change).length > 0 ? this.changeCall(callId, change) : done
      return changed.ok ? withoutFields(this.requeue(callId, to.queueId, false)) : changed
    })
  }

  hangUp(callId: string, cause: string): Answer {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    const { state } = handle.call
    if (state === 'waiting' || state === 'ringing') {
      this.#tell(handle, sentAway({ type: 'hangUp', cause }, this.#ports.now()))
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
  runFlow(callId: string, request: FlowRequest): Answer {
    const found = this.#findFlow(request, 'command')
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
      this.#tell(handle, { type: 'flowAsked', flow, at: this.#ports.now() })
      return done
    })
  }

  /** Lets a flow talk to a caller who waits or talks, as soon as the agent has left and if they have not. */
  runFlowAfterTalk(callId: string, request: FlowRequest): Answer {
    const flow = this.#findFlow(request, 'afterTalk')
    if ('ok' in flow) {
      return flow
    }
    return this.#in(callId, ['waiting', 'ringing', 'talking'], (handle) => {
      if (handle.call.isAgentFirst) {
        return refuse('notWaiting', 'the agent was rung first: the caller leaves with the agent')
      }
      const next: AfterTalk = { type: 'flow', flow }
      this.#tell(handle, { type: 'nextSet', next, at: this.#ports.now() })
      return done
    })
  }

  /**
   * Dials a customer, and lets a flow talk to whoever answers, or lets them wait in a queue.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE: nobody is dialled without its being written down
   */
  async originate(
    request: DialRequest,
    goal: FlowRequest | QueuePlace,
  ): Promise<{ readonly ok: true; readonly isNew: boolean } | Refused> {
    const { outbound } = this.#tenant.settings
    const home = this.#ports.pickSwitch(outbound?.switches)
    const wanted = this.#requestOf(request, goal)
    if ('ok' in wanted) {
      return wanted
    }
    if (home === undefined) {
      return refuse('switchAway', 'no switch that may dial is connected')
    }
    const { contacts } = this.#ports
    const isKnown = contacts.get(wanted.callId) !== undefined || this.#isLive(wanted.callId)
    return { ok: true, isNew: !isKnown && (await contacts.originate(wanted, home)) }
  }

  /**
   * Lets a customer who is not on the line wait in a queue. When their turn comes they are
   * dialled, once for this id.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE: whether the id was dialled before cannot be told
   */
  async place(
    request: DialRequest,
    place: QueuePlace,
    isAgentFirst: boolean,
  ): Promise<
    { readonly ok: true; readonly state: ContactState; readonly isNew: boolean } | Refused
  > {
    const wanted = this.#requestOf(request, place)
    if ('ok' in wanted) {
      return wanted
    }
    const known = this.#stateOf(wanted.callId)
    if (known !== undefined) {
      return { ok: true, state: known, isNew: false }
    }
    const { contacts } = this.#ports
    if (await contacts.isSpent(wanted.callId)) {
      return { ok: true, state: this.#stateOf(wanted.callId) ?? 'spent', isNew: false }
    }
    const meanwhile = this.#stateOf(wanted.callId)
    if (meanwhile !== undefined) {
      return { ok: true, state: meanwhile, isNew: false }
    }
    contacts.place(wanted, isAgentFirst)
    return { ok: true, state: this.#stateOf(wanted.callId) ?? 'waiting', isNew: true }
  }

  /** Takes a customer back who was placed; a phone that rings is stopped. */
  withdraw(callId: string): 'withdrawn' | 'reached' | 'unknown' {
    if (this.#isLive(callId as CallId)) {
      return 'reached'
    }
    return this.#ports.contacts.withdraw(callId as CallId) ? 'withdrawn' : 'unknown'
  }

  #stateOf(callId: CallId): Exclude<ContactState, 'spent'> | undefined {
    if (this.#isLive(callId)) {
      return 'reached'
    }
    const contact: Contact | undefined = this.#ports.contacts.get(callId)
    return contact === undefined ? undefined : contact.state === 'dialling' ? 'dialling' : 'waiting'
  }

  #isLive(callId: CallId): boolean {
    return this.#calls.get(callId)?.tenant === this.#tenant
  }

  #requestOf(
    { callId, number, callerId, ringMs }: DialRequest,
    goal: FlowRequest | QueuePlace,
  ): ContactRequest | Refused {
    const { outbound, queues } = this.#tenant.settings
    if (outbound === undefined) {
      return refuse('noOutbound', 'the tenant has no outbound: it dials nobody')
    }
    const about = { callId: callId as CallId, number, callerId, ringMs }
    if ('flow' in goal) {
      const flow = this.#findFlow(goal, 'originate')
      return 'ok' in flow ? flow : { ...about, goal: { type: 'flow', flow } }
    }
    const { priority = 0, requires, preferred, enqueuedAt } = goal
    const queueId = goal.queueId as QueueId
    const fault = faultOf({
      priority,
      ...(requires === undefined ? {} : { requires }),
      ...(preferred === undefined ? {} : { preferred }),
    })
    if (!queues.has(queueId) || fault !== undefined) {
      return queues.has(queueId)
        ? refuse('invalid', fault ?? '')
        : refuse('unknownQueue', 'the tenant has no such queue')
    }
    return {
      ...about,
      goal: { type: 'queue', queueId, enqueuedAt, priority, requires, preferred },
    }
  }

  #findFlow({ flow, values = {} }: FlowRequest, by: FlowReason): CallFlow | Refused {
    const { settings } = this.#tenant
    const { newId } = this.#ports
    if (typeof flow === 'string') {
      const found = callFlow(settings, flow, by, newId)
      return found === undefined
        ? refuse('unknownFlow', 'the tenant has no such flow')
        : { ...found, variables: { ...found.variables, ...values } }
    }
    const parsed = parseFlow(flow, (queue) => settings.queues.has(queue as QueueId))
    if (!parsed.ok) {
      const [fault] = parsed.faults
      return refuse('invalid', `flow: ${fault?.path} ${fault?.message}`)
    }
    return {
      ...{ name: 'inline', isNamed: false, runId: newId(), by },
      ...{ flow: parsed.flow, variables: values },
    }
  }

  #tell(handle: CallHandle, event: CallEvent): void {
    this.#tenant.tell(handle, event)
  }

  #find(callId: string): CallHandle | Refused {
    const handle = this.#calls.get(callId as CallId)
    return handle === undefined || handle.tenant !== this.#tenant
      ? refuse('unknownCall', 'the tenant has no such call')
      : handle
  }

  #in(callId: string, states: readonly CallState[], act: (handle: CallHandle) => Answer): Answer {
    const handle = this.#find(callId)
    if ('ok' in handle) {
      return handle
    }
    return states.includes(handle.call.state)
      ? act(handle)
      : refuse('notWaiting', 'the call does not wait')
  }
}

function sentAway(
  overflow: Extract<Overflow, { type: 'hangUp' | 'transfer' }>,
  at: EpochMs,
): CallEvent {
  return { type: 'givenUp', reason: 'command', overflow, at }
}

function withoutFields(answer: Answer): Answer {
  return answer.ok ? done : answer
}
