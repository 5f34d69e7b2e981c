import type { CallEvent, FoundCall } from '../call/call-event.ts'
import { endMissed } from '../call/offer-end.ts'
import { unheardCause } from '../catalogue/hangup-causes.ts'
import type { CallId, EpochMs, LegId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { LegSnapshot } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'

/** What must happen for our picture to agree with the switch's. */
export interface Corrections {
  /** Facts that our calls have missed. */
  readonly missed: readonly { readonly handle: CallHandle; readonly event: CallEvent }[]
  /** Callers of ours that we do not know. */
  readonly found: readonly {
    readonly callId: CallId
    readonly channel: CallerChannel
    readonly found: FoundCall
  }[]
  /** Legs that belong to nothing: agents' phones that ring for nobody, callers whose agent left unheard. */
  readonly orphans: readonly LegId[]
}

/**
 * Compares the truth of one switch with what we believe of it.
 *
 * @param known calls of ours on that switch of which no fact came lately; of the
 *   others the events know better than the truth, which is older
 * @param isKnown tells legs that we know, or knew when the truth was asked for, or that came or went since
 * @param isDropped tells agents' legs that nobody may talk on
 */
export function reconcile(
  snapshot: readonly LegSnapshot[],
  known: readonly CallHandle[],
  isKnown: (legId: LegId) => boolean,
  isDropped: (legId: LegId) => boolean,
  at: EpochMs,
): Corrections {
  const legs = new Map(snapshot.map((leg) => [leg.legId, leg]))
  const missed = known.flatMap((handle) =>
    [...missedEvents(handle, legs, isDropped, at)].map((event) => ({ handle, event })),
  )
  const unwanted = new Set(
    known.flatMap(({ call, legs: agentLegs }) =>
      [...agentLegs.keys()].filter((legId) => !call.wants(legId)),
    ),
  )
  const found: { callId: CallId; channel: CallerChannel; found: FoundCall }[] = []
  const orphans: LegId[] = []
  for (const leg of snapshot) {
    const { legId, caller, agentLeg, joinedTo, activity } = leg
    if (isDropped(legId)) {
      orphans.push(legId)
    } else if (isKnown(legId)) {
      if (unwanted.has(legId) && joinedTo === undefined) {
        orphans.push(legId)
      }
    } else if (caller !== undefined) {
      const talk = talkOf(leg, legs, at)
      const isLeft = joinedTo === undefined && activity === 'bridging'
      if (isLeft && caller.state === 'talking') {
        // Music plays to them since their agent left.
        orphans.push(legId)
      } else if (talk !== undefined || isInQueue(leg)) {
        const strays = snapshot
          .filter((other) => other.agentLeg?.callId === legId && other.joinedTo === undefined)
          .map((other) => other.legId)
        const isMusicOn = activity === 'playing'
        found.push({
          callId: legId as CallId,
          channel: caller,
          found: { isMusicOn, talk, strays },
        })
      }
    } else if (agentLeg !== undefined && joinedTo === undefined) {
      orphans.push(legId)
    }
  }
  return { missed, found, orphans }
}

/**
 * Whether a caller is where we may command them. What was begun last counts, so
 * `bridging` stays when an offer has failed; what else runs there is the dialplan's business.
 */
function isInQueue({ caller, joinedTo, activity }: LegSnapshot): boolean {
  if (caller === undefined || joinedTo !== undefined) {
    return false
  }
  const { enqueuedAt, takenNumber, dialledNumber, state } = caller
  const isTaken =
    enqueuedAt !== undefined &&
    (takenNumber === undefined || takenNumber === dialledNumber) &&
    state !== 'left' &&
    state !== 'served'
  return (
    activity === 'parked' ||
    (isTaken && (activity === 'playing' || activity === 'bridging')) ||
    (isTaken && state === 'inFlow' && activity === 'prompting')
  )
}

function* missedEvents(
  { callId, call, dialledNumber, legs: agentLegs }: CallHandle,
  snapshot: ReadonlyMap<LegId, LegSnapshot>,
  isDropped: (legId: LegId) => boolean,
  at: EpochMs,
): Generator<CallEvent> {
  const { state } = call
  const caller = snapshot.get(callId)
  const lost = [...agentLegs.keys()].filter((legId) => !snapshot.has(legId))
  if (caller === undefined || state === 'agentStays') {
    for (const legId of lost) {
      yield { type: 'agentLegGone', legId, ...endMissed, at }
    }
    if (state !== 'agentStays') {
      yield { type: 'callerGone', isLost: false, cause: unheardCause, at }
    }
    return
  }
  const { joinedTo, caller: channel } = caller
  if (joinedTo !== undefined && isDropped(joinedTo)) {
    // That leg is being hung up; the next look tells what comes after.
    return
  }
  const isElsewhere = joinedTo !== undefined && !agentLegs.has(joinedTo)
  if (isElsewhere || (channel !== undefined && channel.dialledNumber !== dialledNumber)) {
    for (const legId of lost) {
      yield { type: 'agentLegGone', legId, ...endMissed, at }
    }
    yield { type: 'leftPark', at }
    return
  }
  if (channel?.enqueuedAt === undefined) {
    yield { type: 'foundUnmarked', at }
  }
  if (state === 'talking') {
    for (const legId of lost) {
      yield { type: 'parted', legId, isCallerGone: false, at }
      yield { type: 'agentLegGone', legId, ...endMissed, at }
    }
    if (lost.length === agentLegs.size) {
      yield { type: 'offerVanished', at }
    }
  } else if (joinedTo !== undefined) {
    yield { type: 'joined', legId: joinedTo, at }
  } else {
    for (const legId of lost) {
      yield { type: 'agentLegGone', legId, ...endMissed, at }
    }
    if (agentLegs.size > 0 && lost.length === agentLegs.size) {
      yield { type: 'offerVanished', at }
    }
  }
}

function talkOf(
  { joinedTo, caller }: LegSnapshot,
  snapshot: ReadonlyMap<LegId, LegSnapshot>,
  at: EpochMs,
): FoundCall['talk'] {
  const agent = joinedTo === undefined ? undefined : snapshot.get(joinedTo)
  return agent?.agentLeg === undefined
    ? undefined
    : {
        agentId: agent.agentLeg.agentId,
        legId: agent.legId,
        since: Math.min(caller?.answeredAt ?? at, at),
      }
}
