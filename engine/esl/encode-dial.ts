import type { SwitchCommand } from '../switch/switch.ts'
import { dialStringOf } from './address.ts'
import { type Encoded, sent, unsafe, word } from './encoded.ts'
import { encodeMarks } from './marks.ts'

type Dial = Extract<SwitchCommand, { type: 'dial' }>

/**
 * A value allowed between braces whose delimiter is `!`: no character that ends it, quotes, escapes
 * or is expanded in any of the three places that split it (mod_commands.c, originate_function;
 * switch_event.c, switch_event_create_brackets).
 */
const braceValue = /^[\p{L}\p{N}_.@+~,:;=|*/#%()-]+$/u

/** Separates several originates in one, each of which would get the same UUID (SWITCH_ENT_ORIGINATE_DELIM). */
const enterprise = ':_:'

/**
 * Dials a customer: a background `originate` to `park`. Our variables come last, so that they
 * override those of the address, and are separated by `!`, so that a requirement may contain commas.
 */
export function encodeDial(command: Dial): Encoded {
  const { legId, ringMs, callerId, marks } = command
  const dialString = dialStringOf(command)
  const seconds = Math.max(1, Math.ceil(ringMs / 1000))
  const pairs: (readonly [name: string, value: string])[] = [
    ['origination_uuid', legId],
    ['leg_timeout', `${seconds}`],
    // For the originate as a whole; it rounds down, and the default is 60 s.
    ['originate_timeout', `${seconds + 2}`],
    ['ignore_early_media', 'true'],
    ['outbound_redirect_fatal', 'true'],
    ...(dialString.includes('loopback/') ? ([['loopback_bowout', 'false']] as const) : []),
    ...(callerId === undefined ? [] : ([['origination_caller_id_number', callerId]] as const)),
  ]
  encodeMarks(marks, (variable, value) => {
    if (value !== '') {
      pairs.push([variable, value])
    }
  })
  const own = ownVariables(dialString)
  const areSound = pairs.every(([, value]) => braceValue.test(value))
  if (!areSound || own === undefined) {
    return unsafe('an id, a mark or the address of a call to dial')
  }
  const ours = `{^^!${pairs.map(([name, value]) => `${name}=${value}`).join('!')}}`
  const whole = `${own}${ours}${dialString.slice(own.length)}`
  if (!word.test(dialString) || whole.includes(enterprise)) {
    return unsafe('an id, a mark or the address of a call to dial')
  }
  return sent({
    type: 'job',
    command: 'originate',
    args: `${whole} &park()`,
    extraMs: seconds * 1000,
  })
}

/** The `{...}` at the start of a dial string; undefined when nothing follows it, or a brace is left open. */
function ownVariables(dialString: string): string | undefined {
  const own = /^(?:\{[^{}]*\})*/.exec(dialString)?.[0] ?? ''
  const rest = dialString.slice(own.length)
  return rest === '' || /[{}]/.test(rest) ? undefined : own
}
