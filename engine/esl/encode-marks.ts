import type { CallId } from '../catalogue/ids.ts'
import type { MarkChange } from '../switch/marks.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import { isUnsafe } from './command-text.ts'
import { type Encoded, type EslCommand, unsafe, word } from './encoded.ts'
import { encodeMarks, legVariables, takenTenant } from './marks.ts'

type Take = Extract<SwitchCommand, { type: 'takeCall' }>
type Mark = Extract<SwitchCommand, { type: 'markCall' }>

/** Channel variables that let a caller wait, and stay on the line after an agent has left. */
const oursAsText = [
  // The caller's channel survives the end of the agent's leg, and an offer that fails.
  'hangup_after_bridge=false',
  'park_after_bridge=false',
  'continue_on_fail=true',
  // The star key must not end the music.
  'playback_terminators=none',
].join(';')

/** Takes a call: sets all its variables in one command, and cancels its way out if there is one. */
export function encodeTakeCall({ callId, marks, ringback, wayOutTask }: Take): Encoded {
  const marked = variablesOf(marks, true)
  if (marked === undefined || (ringback !== undefined && isUnsafe(ringback))) {
    return unsafeMark
  }
  const taken = ringback === undefined ? '' : `;transfer_ringback=${escapeVariable(ringback)}`
  const set = setVariables(callId, `${marked}${marked === '' ? '' : ';'}${oursAsText}${taken}`)
  if (set === undefined || wayOutTask === undefined) {
    return set === undefined ? unsafeMark : { ok: true, commands: [set] }
  }
  return word.test(wayOutTask)
    ? { ok: true, commands: [set, { type: 'api', command: 'sched_del', args: wayOutTask }] }
    : unsafe('the scheduled task')
}

/** Changes marks; an empty change sends nothing. */
export function encodeMarkCall({ callId, marks }: Mark): Encoded {
  const marked = variablesOf(marks)
  if (marked === '') {
    return { ok: true, commands: [] }
  }
  const set = marked === undefined ? undefined : setVariables(callId, marked)
  return set === undefined ? unsafeMark : { ok: true, commands: [set] }
}

const unsafeMark: Encoded = unsafe('a mark or the call id')

function setVariables(callId: CallId, variables: string): EslCommand | undefined {
  return word.test(callId)
    ? { type: 'api', command: 'uuid_setvar_multi', args: `${callId} ${variables}` }
    : undefined
}

/**
 * Variables in the form of uuid_setvar_multi, which sets at most 64; undefined when one would end the line.
 *
 * @param isTaking moves the tenant to the variable of a taken call
 */
function variablesOf(marks: MarkChange, isTaking = false): string | undefined {
  let text = ''
  let isSafe = true
  encodeMarks(marks, (variable, value) => {
    isSafe &&= !isUnsafe(value)
    const isMoved = isTaking && variable === legVariables.tenant
    const name = isMoved ? takenTenant.variable : variable
    text += `${text === '' ? '' : ';'}${name}=${escapeVariable(value)}${isMoved ? `;${variable}=` : ''}`
  })
  return isSafe ? text : undefined
}

/** Most values contain none of these. */
const toEscape = /[\\;']|^ | $/

/** Escapes a value for uuid_setvar_multi, which splits at `;`, unescapes, unquotes and trims (switch_utils.c, cleanup_separated_string). */
function escapeVariable(value: string): string {
  if (!toEscape.test(value)) {
    return value
  }
  return value
    .replaceAll(/[\\;']/g, '\\$&')
    .replaceAll(/^ +| +$/g, (spaces) => '\\s'.repeat(spaces.length))
}
