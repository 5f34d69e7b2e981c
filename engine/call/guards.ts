import { activeLegs, type CallContext, type Of } from './call-context.ts'
import type { CallEvent } from './call-event.ts'
import { canQueue } from './flow-leaving.ts'
import { wayOut } from './leaving.ts'

/** What decides where an event leads that may lead to several states. */
interface GuardArgs<T extends CallEvent['type']> {
  readonly context: CallContext
  readonly event: Of<T>
}

/** The offer is the one that stands. */
export const isStandingOffer = ({
  context,
  event,
}: GuardArgs<'offerEnded' | 'offerRefused'>): boolean => context.standing?.offerId === event.offerId
/** The leg is one of the standing offer. */
export const isOfferedLeg = ({ context, event }: GuardArgs<'joined'>): boolean =>
  context.standing?.legs.some(({ legId }) => legId === event.legId) ?? false
/** So it is, and its answer counts. */
export const isActiveLeg = ({ context, event }: GuardArgs<'joined'>): boolean =>
  activeLegs(context).some(({ legId }) => legId === event.legId)
/** The leg is of an offer that was given up. */
export const isStray = ({ context, event }: GuardArgs<'joined'>): boolean =>
  context.strays.includes(event.legId)
/** The leg is the one the caller talks to. */
export const isTalkLeg = ({
  context,
  event,
}: GuardArgs<'parted' | 'agentLegGone' | 'legMissing' | 'joined'>): boolean =>
  context.talk?.legId === event.legId
/** The offer is the one that led to the conversation. */
export const isTalkOffer = ({ context, event }: GuardArgs<'offerEnded'>): boolean =>
  context.talk?.offerId === undefined || context.talk.offerId === event.offerId
/** The caller hung up, and their end follows. */
export const isCallerLeaving = ({ event }: GuardArgs<'offerEnded'>): boolean => event.isCallerGone
/** Nobody of ours cancelled the offer. */
export const isCancelled = ({ context, event }: GuardArgs<'offerEnded'>): boolean =>
  activeLegs(context).length > 0 && event.outcome === 'withdrawn'

/** The queue gives the call up to another queue. */
export const isSentToQueue = ({ context, event }: GuardArgs<'givenUp'>): boolean =>
  wayOut(context, event).type === 'queue'

/** The queue gives the call up to a flow. */
export const isSentToFlow = ({ context, event }: GuardArgs<'givenUp'>): boolean =>
  wayOut(context, event).type === 'flow'
/** The queue that the flow names takes the call. */
export const canJoinFoundQueue = ({ context, event }: GuardArgs<'queueFound'>): boolean =>
  canQueue(context, event)

/** All that is said of it is an earlier place: what it needs is still to be heard. */
export const isPlaceOnly = ({ event }: GuardArgs<'changed'>): boolean =>
  event.enqueuedAt !== undefined &&
  event.priority === undefined &&
  event.requires === undefined &&
  event.preferred === undefined
/** The caller does not end with the conversation. */
export const continuesWith = (
  { context }: { readonly context: CallContext },
  to: 'flow' | 'queue',
): boolean => context.afterTalk?.type === to
