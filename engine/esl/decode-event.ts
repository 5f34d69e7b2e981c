import { noCause } from '../catalogue/hangup-causes.ts'
import type { CallId, LegId, OfferId, SwitchId } from '../catalogue/ids.ts'
import type { SwitchEvent } from '../switch/event.ts'
import {
  type BadValue,
  hasTenant,
  isCallerChannel,
  readAgentLeg,
  readCallerChannel,
  readTimestamp,
} from './caller-channel.ts'
import { isLostCause, offerOutcome } from './cause.ts'
import { decodePrompt } from './decode-prompt.ts'
import type { Headers } from './event-view.ts'
import { legHeaders } from './marks.ts'
import { promptMark } from './prompt-mark.ts'

/** A decoded event; `notOurs` for one that does not concern the engine, `malformed` for one that lacks a required value. */
export type Decoded = SwitchEvent | 'notOurs' | 'malformed'

/**
 * Translates a FreeSWITCH event. Reads only the headers it needs, and keeps no
 * reference to the event's bytes.
 */
export function decodeEvent(
  name: string,
  headers: Headers,
  switchId: SwitchId,
  badValue: BadValue,
): Decoded {
  const legId = headers.get('Unique-ID') as LegId | undefined
  const at = readTimestamp(headers)
  if (!legId || at === undefined) {
    return 'malformed'
  }
  switch (name) {
    case 'CHANNEL_PARK': {
      // Once taken, a call has no such mark until the dialplan sets it again: see takenTenant.
      const isMarked = Boolean(headers.get(legHeaders.tenant))
      const channel = isMarked ? readCallerChannel(headers, badValue) : undefined
      return channel === undefined
        ? 'notOurs'
        : { type: 'callParked', switchId, at, callId: legId as CallId, channel }
    }
    case 'CHANNEL_UNPARK': {
      // A caller who hangs up leaves `park` too; that is reported by the hang-up event.
      const isTakenAway = headers.get('Answer-State') !== 'hangup' && isCallerChannel(headers)
      return isTakenAway
        ? { type: 'callUnparked', switchId, at, callId: legId as CallId }
        : 'notOurs'
    }
    case 'CHANNEL_BRIDGE':
    case 'CHANNEL_UNBRIDGE': {
      const callId = (headers.get('Bridge-A-Unique-ID') ?? legId) as CallId
      const agentLegId = (headers.get('Bridge-B-Unique-ID') ??
        headers.get('Other-Leg-Unique-ID')) as LegId | undefined
      if (!callId || !agentLegId) {
        return 'malformed'
      }
      if (name === 'CHANNEL_BRIDGE') {
        return { type: 'legsJoined', switchId, at, callId, agentLegId }
      }
      const isCallerGone = headers.get('Answer-State') === 'hangup'
      return { type: 'legsParted', switchId, at, callId, agentLegId, isCallerGone }
    }
    case 'CHANNEL_EXECUTE_COMPLETE': {
      if (headers.get('Application-UUID-Name') === promptMark) {
        return decodePrompt(headers, { switchId, at, callId: legId as CallId })
      }
      if (headers.get('Application') !== 'bridge' || !hasTenant(headers)) {
        return 'notOurs'
      }
      const offerId = headers.get('Application-UUID') as OfferId | undefined
      if (!offerId) {
        return 'malformed'
      }
      // The end of an offer must never be dropped: its agents are reserved until it arrives.
      const cause = headers.get('variable_originate_disposition') || noCause
      // A transfer at once gives the caller a new profile, which does not name the joined leg. After
      // a conversation that ended by itself the profile still names it (traces offer-by-bridge-*).
      const isCallerGone = headers.get('Answer-State') === 'hangup'
      const joinedTo = headers.get('Other-Leg-Unique-ID') as LegId | undefined
      const isTransferred = cause === 'SUCCESS' && joinedTo === undefined && !isCallerGone
      const callId = legId as CallId
      const outcome = offerOutcome(cause)
      const ended = { type: 'offerEnded', switchId, at, callId, offerId, outcome, cause } as const
      return { ...ended, isTransferred, joinedTo, isCallerGone }
    }
    case 'CHANNEL_ANSWER': {
      const marks = readAgentLeg(headers, legId)
      if (marks === undefined) {
        return 'notOurs'
      }
      return { type: 'legAnswered', switchId, at, legId, callId: marks.callId }
    }
    case 'CHANNEL_HOLD':
      return { type: 'legHeld', switchId, at, legId }
    case 'CHANNEL_UNHOLD':
      return { type: 'legUnheld', switchId, at, legId }
    case 'CHANNEL_HANGUP_COMPLETE':
    case 'CHANNEL_DESTROY': {
      if (name === 'CHANNEL_DESTROY' && headers.get('Channel-State') !== 'CS_NONE') {
        return 'notOurs'
      }
      const cause = headers.get('Hangup-Cause') || noCause
      const outcome = offerOutcome(cause)
      return { type: 'legHungUp', switchId, at, legId, outcome, isLost: isLostCause(cause), cause }
    }
    default:
      return 'notOurs'
  }
}
