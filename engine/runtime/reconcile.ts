import type { CallEvent, FoundCall } from '../call/call-event.ts'
import type { CallId, EpochMs, LegId } from '../core/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { LegSnapshot } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'

/** The hang-up cause of what ended while nobody was listening. */
export const unheardCause = 'UNHEARD'

/** What must happen for our picture to agree with the switch's. */
export interface Corrections {
  /** Facts that our calls have missed. */
  readonly facts: readonly { readonly handle: CallHandle; readonly event: CallEvent }[]
  /** Callers of ours that we do not know. */
  readonly found: readonly {
    readonly callId: CallId
    readonly channel: CallerChannel
    readonly found: FoundCall
  }[]
  /** Agents' legs that belong to nothing. */
  readonly orphans: readonly LegId[]
}

/**
 * Compares the truth of one switch with what we believe of it.
 *
 * @param known calls of ours on that switch that have not changed since the
 *   snapshot was asked for; of the others the events that came meanwhile know better
 * @param isFresh tells legs that have come or gone since then: they are left alone
 */
export function reconcile(
  truth: readonly LegSnapshot[],
  known: readonly CallHandle[],
  isFresh: (legId: LegId) => boolean,
  at: EpochMs,
): Corrections {
  const legs = new Map(truth.map((leg) => [leg.legId, leg]))
  const ours = new Set<LegId>(known.map(({ callId }) => callId))
  const kept = new Set<LegId>()
  const facts: { handle: CallHandle; event: CallEvent }[] = []
  for (const handle of known) {
    for (const event of missedFacts(handle, legs, at)) {
      facts.push({ handle, event })
    }
    for (const legId of handle.legs.keys()) {
      kept.add(legId)
    }
  }
  const found: { callId: CallId; channel: CallerChannel; found: FoundCall }[] = []
  for (const leg of truth) {
    if (leg.caller !== undefined && !ours.has(leg.legId) && !isFresh(leg.legId)) {
      const talk = talkOf(leg, legs)
      if (talk !== undefined) {
        kept.add(talk.legId)
      }
      const isMusicOn = leg.application === 'playback'
      const callId = leg.legId as CallId
      found.push({ callId, channel: leg.caller, found: { isMusicOn, talk } })
    }
  }
  const orphans = truth
    .filter(
      ({ legId, agentLeg, joinedTo }) =>
        agentLeg !== undefined && joinedTo === undefined && !kept.has(legId) && !isFresh(legId),
    )
    .map(({ legId }) => legId)
  return { facts, found, orphans }
}

function* missedFacts(
  { callId, call, legs: agentLegs }: CallHandle,
  truth: ReadonlyMap<LegId, LegSnapshot>,
  at: EpochMs,
): Generator<CallEvent> {
  const caller = truth.get(callId)
  if (caller === undefined) {
    for (const legId of agentLegs.keys()) {
      if (!truth.has(legId)) {
        yield { type: 'agentLegGone', legId, at }
      }
    }
    yield { type: 'callerGone', cause: unheardCause, at }
    return
  }
  const { joinedTo } = caller
  if (call.state === 'ringing' && joinedTo !== undefined && agentLegs.has(joinedTo)) {
    yield { type: 'joined', legId: joinedTo, at }
  } else if (call.state === 'ringing' && ![...agentLegs.keys()].some((legId) => truth.has(legId))) {
    yield { type: 'offerVanished', at }
  } else if (call.state === 'talking') {
    for (const legId of agentLegs.keys()) {
      if (!truth.has(legId)) {
        yield { type: 'parted', legId, isCallerGone: false, at }
        yield { type: 'agentLegGone', legId, at }
        yield { type: 'offerVanished', at }
      }
    }
  }
}

function talkOf(caller: LegSnapshot, truth: ReadonlyMap<LegId, LegSnapshot>): FoundCall['talk'] {
  const agent = caller.joinedTo === undefined ? undefined : truth.get(caller.joinedTo)
  return agent?.agentLeg === undefined
    ? undefined
    : { agentId: agent.agentLeg.agentId, legId: agent.legId }
}
