import type { OfferedLeg, SwitchCommand } from '../switch/switch.ts'
import { dialStringOf } from './address.ts'
import { isUnsafe } from './command-text.ts'
import { encodeDial } from './encode-dial.ts'
import { encodeMarkCall, encodeTakeCall } from './encode-marks.ts'
import { encodePrompt } from './encode-prompt.ts'
import { type Encoded, sent, unsafe, word, words } from './encoded.ts'
import { legVariables } from './marks.ts'

/** A value between the brackets of a dial string: nothing that ends it, quotes, escapes or is expanded. */
const bracketValue = /^[\p{L}\p{N}_.@+~-]+$/u

/** Translates a command for FreeSWITCH, refusing what would mean something else on the wire. */
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
      // A channel that exists has a value or none for it; one that does not is an error.
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
  const common = `${legVariables.callId}=${callId},${legVariables.tenant}=${tenant},ignore_early_media=true${longer(lastStart + seconds)}`
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
 * Whole seconds: a leg starts with the first second of the switch's clock that begins later than
 * so long after the offer, thus up to one second late, and earlier when no other rings
 * any more. Its `leg_timeout` counts from there (switch_ivr_originate.c, check_per_channel_timeouts).
 */
function startOf({ startAfterMs }: OfferedLeg): number {
  return startAfterMs > 0 ? Math.max(1, Math.round(startAfterMs / 1000)) : 0
}

function delay(leg: OfferedLeg): string {
  const seconds = startOf(leg)
  return seconds > 0 ? `,leg_delay_start=${seconds}` : ''
}

/** An originate as a whole ends after 60 s, whatever its legs have, unless it is told (SWITCH_DEFAULT_TIMEOUT). */
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

/** The dial string, with the number that is shown to whoever is rung where that is not the caller's own. */
function addressOf(leg: OfferedLeg): string {
  const { callerId } = leg
  const shown = callerId === undefined ? '' : `{origination_caller_id_number=${callerId}}`
  return `${shown}${dialStringOf(leg)}`
}

/** A loopback leg would otherwise leave the call once both sides are answered, and take our leg id with it. */
function bowout({ address }: OfferedLeg): string {
  return address.includes('loopback/') ? ',loopback_bowout=false' : ''
}

/**
 * A dial string as one of several: its `{...}` become `[...]`, since braces
 * stand for the whole list and only at its start (switch_ivr_originate.c).
 * Undefined when a brace is not closed or holds a bracket.
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
