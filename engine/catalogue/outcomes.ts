/** How an offer ended without a conversation. `failed`: the switch's fault, not the agent's. */
export const offerOutcomes = [
  'busy',
  'declined',
  'noAnswer',
  'unreachable',
  'withdrawn',
  'failed',
] as const
export type OfferOutcome = (typeof offerOutcomes)[number]

/** An offer's outcome as events report it. `expired`: its deadline passed without news from the switch. */
export const offerEndings = [...offerOutcomes, 'expired'] as const

/**
 * What has become of a customer who was placed in a queue to be called. `spent`: this attempt is
 * over or was withdrawn.
 */
export const contactStates = ['waiting', 'dialling', 'reached', 'spent'] as const
export type ContactState = (typeof contactStates)[number]

/** What came of taking such a customer back. `unknown`: there is none, or the attempt is over. */
export const withdrawals = ['withdrawn', 'reached', 'unknown'] as const
export type Withdrawal = (typeof withdrawals)[number]

/** Why a customer is owed a call, as whoever asks for it says. */
export const callbackReasons = ['abandoned', 'requested', 'survey', 'other'] as const

/** How the dialling of a customer ended. `unknown`: the engine that dialled ended before the dial did. */
export const dialOutcomes = ['answered', ...offerOutcomes, 'unknown'] as const
export type DialOutcome = (typeof dialOutcomes)[number]

/** Why a queue gives a call up. */
export const overflowReasons = [
  /** It has waited too long. */
  'maxWait',
  /** On arrival: the queue is full. */
  'full',
  /** On arrival: nobody is staffed. */
  'joinUnstaffed',
  /** Nobody has been staffed for too long. */
  'unstaffed',
  /** The queue was removed from the configuration. */
  'removed',
] as const
export type OverflowReason = (typeof overflowReasons)[number]

/** Who ended a conversation. */
export const talkEnders = ['caller', 'agent', 'switch'] as const
export type TalkEnder = (typeof talkEnders)[number]

/**
 * What starts a flow: the dialled number, a queue that gives the call up, a command, the
 * end of a conversation, or the answer to an outgoing call.
 */
export const flowReasons = ['route', 'overflow', 'command', 'afterTalk', 'originate'] as const
export type FlowReason = (typeof flowReasons)[number]

/**
 * Why the engine dialled a customer: a callback was due, or a command requested it.
 */
export const dialReasons = ['callback', 'originate'] as const
export type DialReason = (typeof dialReasons)[number]
