import type { OfferedLeg, SwitchCommand } from '../switch/switch.ts'
import { dialStringOf } from './address.ts'
import { isUnsafe } from './command-text.ts'
import { encodeDial } from './encode-dial.ts'
import { encodeMarkCall, encodeTakeCall } from './encode-marks.ts'
import { encodePrompt } from './encode-prompt.ts'
import { type Encoded, sent, unsafe, word, words } from './encoded.ts'
import { legVariables } from './marks.ts'

/** A value allowed between the brackets of a dial string: no character that ends it, quotes, escapes or is expanded. */
const bracketValue = /^[\p{L}\p{N}_.@+~-]+$/u

/** Translates a command for FreeSWITCH. Refuses values that would change the meaning of the command on the wire. */
export function encodeCommand(command: SwitchCommand): Encoded {
  switch (command.type) {
    case 'takeCall':
      return encodeTakeCall(command)
    case 'markCall':
      return encodeMarkCall(command)
    case 'playMusic':
      if (!word.test(command.callId) || command.source === '' || command.source.includes('\0')) {
        return unsafe('the music source or the call id')
      }
      return sent({
        type: 'execute',
        application: 'playback',
        argument: command.source,
        uuid: command.callId,
      })
    case 'offer':
      return offer(command)
    case 'dial':
      return encodeDial(command)
    case 'seekLeg':
      // For an existing channel this returns a value or none; for any other it is an error.
      return words('uuid_getvar', command.legId, legVariables.agentId)
    case 'hangUp':
      return words('uuid_kill', command.legId, command.cause)
    case 'transfer':
      if (command.extension.startsWith('-')) {
        return unsafe('the extension')
      }
      return words(
        'uuid_transfer',
        command.callId,
        command.extension,
        command.dialplan,
        command.context,
      )
    default:
      return encodePrompt(command)
  }
}

function offer(command: Extract<SwitchCommand, { type: 'offer' }>): Encoded {
  const { callId, offerId, legs, tenant } = command
  const areSound =
    [callId, offerId].every((id) => word.test(id)) &&
    [callId, tenant].every((value) => bracketValue.test(value)) &&
    legs.every(isSound)
  const [first] = legs
  if (!areSound || first === undefined) {
    return unsafe('an id, the tenant or an address of the offer')
  }
  const seconds = Math.max(1, Math.ceil(command.ringMs / 1000))
  const lastStart = Math.max(...legs.map(startOf))
  // A phone that answers 302 would otherwise take the caller out of the queue (sofia.c).
  const common = `${legVariables.callId}=${callId},${legVariables.tenant}=${tenant},ignore_early_media=true,outbound_redirect_fatal=true${longer(lastStart + seconds)}`
  const own = (leg: OfferedLeg) =>
    `origination_uuid=${leg.legId},leg_timeout=${seconds}${delay(leg)},${legVariables.agentId}=${leg.agentId}${bowout(leg)}`
  const argument =
    legs.length === 1
      ? `{${own(first)},${common}}${addressOf(first)}`
      : `{${common}}${legs.map((leg) => `[${own(leg)}]${inBrackets(addressOf(leg))}`).join(',')}`
  return sent({
    type: 'execute',
    application: 'bridge',
    argument,
    uuid: callId,
    eventUuid: offerId,
  })
}

/**
 * The delay of a leg in whole seconds. The switch compares seconds of its own clock, so a leg starts
 * up to one second late; it starts early when no other leg rings any more. Its `leg_timeout` counts
 * from its own start (switch_ivr_originate.c, check_per_channel_timeouts).
 */
function startOf({ startAfterMs }: OfferedLeg): number {
  return startAfterMs > 0 ? Math.max(1, Math.round(startAfterMs / 1000)) : 0
}

function delay(leg: OfferedLeg): string {
  const seconds = startOf(leg)
  return seconds > 0 ? `,leg_delay_start=${seconds}` : ''
}

/** Without `originate_timeout` a whole originate ends after 60 s, whatever its legs allow (SWITCH_DEFAULT_TIMEOUT). */
function longer(seconds: number): string {
  return seconds < 60 ? '' : `,originate_timeout=${seconds + 2}`
}

function isSound(leg: OfferedLeg): boolean {
  const address = addressOf(leg)
  return (
    bracketValue.test(leg.legId) &&
    bracketValue.test(leg.agentId) &&
    leg.address !== '' &&
    !isUnsafe(address) &&
    inBrackets(address) !== undefined
  )
}

/** The dial string, with the number shown on the ringing phone if it is not the caller's own. */
function addressOf(leg: OfferedLeg): string {
  const { callerId } = leg
  const shown = callerId === undefined ? '' : `{origination_caller_id_number=${callerId}}`
  return `${shown}${dialStringOf(leg)}`
}

/** A loopback leg would otherwise drop out of the call once both sides are answered, and our leg id with it. */
function bowout({ address }: OfferedLeg): string {
  return address.includes('loopback/') ? ',loopback_bowout=false' : ''
}

/**
 * A dial string as one of several: its `{...}` become `[...]`, since braces
 * apply to the whole list and are read only at its start (switch_ivr_originate.c).
 * Undefined when a brace is not closed or contains a bracket.
 */
function inBrackets(dialString: string): string | undefined {
  let rest = dialString.trimStart()
  let brackets = ''
  while (rest.startsWith('{')) {
    const end = rest.indexOf('}')
    const inner = rest.slice(1, end)
    if (end < 0 || /[[\]{]/.test(inner)) {
      return undefined
    }
    brackets += `[${inner}]`
    rest = rest.slice(end + 1).trimStart()
  }
  return brackets + rest
}
