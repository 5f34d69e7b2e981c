import type { CallEvent, FoundCall } from '../call/call-event.ts'
import { endMissed } from '../call/offer-end.ts'
import { unheardCause } from '../catalogue/hangup-causes.ts'
import type { CallId, EpochMs, LegId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { LegSnapshot } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'

/** What must be done to make our calls agree with the switch. */
export interface Corrections {
  /** Events that our calls have missed. */
  readonly missed: readonly { readonly handle: CallHandle; readonly event: CallEvent }[]
  /** Callers with our marks who are not known to this engine. */
  readonly found: readonly {
    readonly callId: CallId
    readonly channel: CallerChannel
    readonly found: FoundCall
  }[]
  /** Legs to hang up: agents' phones that ring for no call, and callers whose agent left unnoticed. */
  readonly orphans: readonly LegId[]
}

/**
 * Compares the state of a switch with our calls on it.
 *
 * @param known our calls on that switch that had no recent event; for the others the events are newer
 *   than the snapshot
 * @param isKnown whether a leg is ours now, was ours when the snapshot was requested, or has had an
 *   event since
 * @param isDropped whether a leg is an agent's leg that was dropped: an answer is refused
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
        // The agent has left, and the caller has been left behind.
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
 * Whether a caller is in a place where the engine may command them. The activity is the last one
 * begun, so it remains `bridging` after a failed offer. In any other activity the caller belongs to
 * the dialplan.
 */
function isInQueue({ caller, joinedTo, activity }: LegSnapshot): boolean {
  if (caller === undefined || joinedTo !== undefined) {
    return false
  }
  const { enqueuedAt, takenNumber, dialledNumber, state, isMarked } = caller
  // A call that was let go is ours again only where the dialplan has marked it again.
  const isReleased = (state === 'left' || state === 'served') && isMarked === false
  const isTaken =
    enqueuedAt !== undefined &&
    (takenNumber === undefined || takenNumber === dialledNumber) &&
    state !== 'left' &&
    state !== 'served'
  return (
    (activity === 'parked' && !isReleased) ||
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
    // That leg is being hung up; the next snapshot shows the result.
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
