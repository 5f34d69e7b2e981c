import type { AcdSettings } from '../acd.ts'
import type { AcdEffect, AcdEvent, AgentState } from '../event.ts'
import type { AgentId, CallId, EpochMs } from '../ids.ts'

/** One step as it was played. */
export interface Played {
  readonly event: AcdEvent
  readonly at: EpochMs
  readonly effects: readonly AcdEffect[]
}

/** What an observer knows who hears the facts and the wishes, and nothing else. */
export interface Observed {
  /** Calls that entered and have not ended, with the event that brought them. */
  readonly calls: Map<CallId, Extract<AcdEvent, { type: 'callQueued' }>>
  readonly offers: Map<CallId, Extract<AcdEffect, { type: 'offer' }>>
  readonly states: Map<AgentId, AgentState>
}

/** An observer who has heard nothing yet. */
export function observe({ agents }: AcdSettings): Observed {
  const states = agents.map(
    ({ agentId, status }) => [agentId, status.type === 'available' ? 'idle' : 'off'] as const,
  )
  return { calls: new Map(), offers: new Map(), states: new Map(states) }
}

/** Lets an observer hear a fact and the wishes that followed, one after the other. */
export function note(
  observed: Observed,
  event: AcdEvent,
  effects: readonly AcdEffect[],
  onEffect: (effect: AcdEffect) => void = () => {},
): void {
  const { calls, offers, states } = observed
  if (event.type === 'callQueued' && !calls.has(event.callId)) {
    calls.set(event.callId, event)
  }
  for (const effect of effects) {
    if (effect.type === 'offer' && hasFailed(event, offers.get(effect.callId))) {
      offers.delete(effect.callId)
    }
    onEffect(effect)
    if (effect.type === 'offer') {
      offers.set(effect.callId, effect)
    } else if (effect.type === 'withdraw' && effect.reason !== 'late') {
      offers.delete(effect.callId)
    } else if (effect.type === 'agentChanged') {
      states.set(effect.agentId, effect.state)
      endOffer(observed, effect)
    }
  }
  if (event.type === 'callLeft' || event.type === 'talkFound') {
    calls.delete(event.callId)
    offers.delete(event.callId)
  }
}

/** Whether the fact ended the offer: the call may be offered again before the agent is freed. */
function hasFailed(event: AcdEvent, offer: Extract<AcdEffect, { type: 'offer' }> | undefined) {
  return (
    event.type === 'offerFailed' &&
    event.callId === offer?.callId &&
    offer.agentIds.includes(event.agentId)
  )
}

/** Who stops ringing without a word is either joined to the call or has failed it. */
function endOffer(
  { calls, offers }: Observed,
  { agentId, state, previous, callId }: Extract<AcdEffect, { type: 'agentChanged' }>,
): void {
  if (previous !== 'ringing' || state === 'ringing') {
    return
  }
  for (const [offered, { agentIds }] of offers) {
    if (agentIds.includes(agentId)) {
      offers.delete(offered)
    }
  }
  if (state === 'talking' && callId !== undefined) {
    calls.delete(callId)
  }
}

/** Who failed whom, and when last: all that keeps a suitable pair apart. */
export class Quarrels {
  readonly #pairs = new Map<string, EpochMs>()
  readonly #agents = new Map<AgentId, EpochMs>()

  /** Lets the observer and this hear a step. */
  note(seen: Observed, { event, at, effects }: Played): void {
    note(seen, event, effects, (effect) => {
      if (effect.type === 'withdraw') {
        this.#add(effect.callId, effect.agentId, at)
      }
    })
    if (event.type === 'offerFailed') {
      this.#add(event.callId, event.agentId, at)
    }
  }

  /** Whether this agent's offer of this call ever came to nothing. */
  hadAny(callId: CallId, agentId: AgentId): boolean {
    return this.#pairs.has(`${callId} ${agentId}`)
  }

  /** Longer than the longest rest and the longest spell apart. */
  areOver(callId: CallId, agentId: AgentId, at: EpochMs): boolean {
    const lastAt = Math.max(
      this.#pairs.get(`${callId} ${agentId}`) ?? 0,
      this.#agents.get(agentId) ?? 0,
    )
    return lastAt + 4_000 <= at
  }

  #add(callId: CallId, agentId: AgentId, at: EpochMs): void {
    this.#pairs.set(`${callId} ${agentId}`, at)
    this.#agents.set(agentId, at)
  }
}
