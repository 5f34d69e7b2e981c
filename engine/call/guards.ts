import { activeLegs, type CallContext, type Of } from './call-context.ts'
import type { CallEvent } from './call-event.ts'
import { canQueue } from './flow-leaving.ts'
import { wayOut } from './leaving.ts'

/** The argument of a guard. */
export interface GuardArgs<T extends CallEvent['type']> {
  readonly context: CallContext
  readonly event: Of<T>
}

/** The event is about the standing offer. */
export const isStandingOffer = ({
  context,
  event,
}: GuardArgs<'offerEnded' | 'offerRefused'>): boolean => context.standing?.offerId === event.offerId
/** The leg belongs to the standing offer. */
export const isOfferedLeg = ({ context, event }: GuardArgs<'joined'>): boolean =>
  context.standing?.legs.some(({ legId }) => legId === event.legId) ?? false
/** The leg belongs to the standing offer and has not been released: its answer counts. */
export const isActiveLeg = ({ context, event }: GuardArgs<'joined'>): boolean =>
  activeLegs(context).some(({ legId }) => legId === event.legId)
/** The leg belongs to an offer that was abandoned. */
export const isStray = ({ context, event }: GuardArgs<'joined'>): boolean =>
  context.strays.includes(event.legId)
/** The leg is the agent's leg of the conversation. */
export const isTalkLeg = ({
  context,
  event,
}: GuardArgs<'parted' | 'agentLegGone' | 'legMissing' | 'joined'>): boolean =>
  context.talk?.legId === event.legId
/** The offer led to the conversation. */
export const isTalkOffer = ({ context, event }: GuardArgs<'offerEnded'>): boolean =>
  context.talk?.offerId === undefined || context.talk.offerId === event.offerId
/**
 * The caller leaves the conversation for somebody else: transferred by the dialplan, or joined to
 * another leg, by an attended transfer or a pick-up. The join itself comes after this event.
 */
export const isTakenOver = ({ context, event }: GuardArgs<'offerEnded'>): boolean =>
  event.isTransferred || (event.joinedTo !== undefined && event.joinedTo !== context.talk?.legId)
/** The caller hung up: `callerGone` follows. */
export const isCallerLeaving = ({ event }: GuardArgs<'offerEnded'>): boolean => event.isCallerGone
/** The offer was cancelled, but not by the engine. */
export const isCancelled = ({ context, event }: GuardArgs<'offerEnded'>): boolean =>
  activeLegs(context).length > 0 && event.outcome === 'withdrawn'

/** The call overflows to another queue. */
export const isSentToQueue = ({ context, event }: GuardArgs<'givenUp'>): boolean =>
  wayOut(context, event).type === 'queue'

/** The call overflows to a flow. */
export const isSentToFlow = ({ context, event }: GuardArgs<'givenUp'>): boolean =>
  wayOut(context, event).type === 'flow'
/** The call can join the queue that its flow names. */
export const canJoinFoundQueue = ({ context, event }: GuardArgs<'queueFound'>): boolean =>
  canQueue(context, event)

/** Only the place changes: the classification is still to come. */
export const isPlaceOnly = ({ event }: GuardArgs<'changed'>): boolean =>
  event.enqueuedAt !== undefined &&
  event.priority === undefined &&
  event.requires === undefined &&
  event.preferred === undefined
/** After the conversation the caller goes to a flow or a queue. */
export const continuesWith = (
  { context }: { readonly context: CallContext },
  to: 'flow' | 'queue',
): boolean => context.afterTalk?.type === to
