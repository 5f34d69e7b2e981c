import type { PluginCommandClient, PluginKv } from '../../engine/plugin/index.ts'
import type { CallMirror } from './call-mirror.ts'
import { type CallEvent, type CallNote, type CallRules, noteEvent } from './call-note.ts'
import type { Change, Ledger } from './ledger.ts'
import { readAttempt, readNote } from './read-note.ts'
import type { RecordInput } from './record-input.ts'

/** What handling call events needs. */
export interface CallsPorts {
  readonly notes: PluginKv<CallNote>
  readonly mirror: CallMirror
  readonly ledger: Ledger
  readonly commands: Pick<PluginCommandClient, 'command'>
  readonly rules: CallRules
  /** Whether arrivals are classified also when nothing is owed to the caller. */
  readonly answersArrivals: boolean
}

/**
 * Creates the handler of call events. It adds each event to the note of its call, and
 * passes the resulting inputs to the ledger. Any event may be redelivered at any time.
 */
export function createCallHandler(ports: CallsPorts): (event: CallEvent) => Promise<void> {
  const { notes, mirror, ledger, commands, rules } = ports

  async function handleAttempt(note: CallNote, callId: string, event: CallEvent): Promise<void> {
    const inputs = readAttempt(event, callId)
    if (inputs.length === 0) {
      return
    }
    const { after } = await ledger.take(note.number ?? '', inputs)
    const state = after?.obligation.state
    const isCurrent = state?.type === 'attempt' && state.callId === callId
    if (event.type === 'call.dialled' && !isCurrent) {
      // It was withdrawn, and then placed by a replica that did not know yet.
      await commands.command('callback.withdraw', { callId }, { timeoutMs: 1_000 })
    }
  }

  /** The inputs from one call, then those from other calls of the number that settle what it made owed. */
  function* withOthers(number: string, own: readonly RecordInput[]): Iterable<RecordInput> {
    yield* own
    if (own.some(canOwe)) {
      yield* mirror.settling(number)
    }
  }

  async function act(note: CallNote, callId: string): Promise<readonly Change[]> {
    const found = readNote(note, callId, rules)
    const changes: Change[] = []
    for (const number of new Set(found.map((one) => one.number))) {
      const own = found.filter((one) => one.number === number).map(({ input }) => input)
      changes.push(await ledger.take(number, withOthers(number, own)))
    }
    return changes
  }

  return async (event) => {
    const { callId } = event.data
    const note = await notes.update(callId, (known) => noteEvent(known, event, rules))
    if (note?.number === undefined || !isTelling(event, note)) {
      return
    }
    if (note.origin === 'callback') {
      await handleAttempt(note, callId, event)
      return
    }
    const changes = await act(note, callId)
    if (event.type === 'call.arrived' && ports.answersArrivals) {
      await answerArrival(commands, callId, changes)
    }
  }
}

function canOwe(input: RecordInput): boolean {
  return input.type === 'owed' || input.type === 'callEnded'
}

/** False for events that only update the note. */
function isTelling({ type }: CallEvent, note: CallNote): boolean {
  const isNoted = type === 'call.queued' || type === 'call.changed'
  return !isNoted && (type !== 'flow.collected' || note.request !== undefined)
}

/** Sends an empty classification, unless the call changed a record. */
async function answerArrival(
  commands: CallsPorts['commands'],
  callId: string,
  changes: readonly Change[],
): Promise<void> {
  const isKnown = changes.some(({ before, after }) => before !== after)
  if (!isKnown) {
    await commands.command('call.classify', { callId }, { timeoutMs: 1_000 })
  }
}
