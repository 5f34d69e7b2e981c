import type { PluginCommandClient, PluginKv } from '../../engine/plugin/index.ts'
import type { CallMirror } from './call-mirror.ts'
import { type CallEvent, type CallNote, type CallRules, noteEvent } from './call-note.ts'
import type { Fact } from './fact.ts'
import type { Change, Ledger } from './ledger.ts'
import { readAttempt, readNote } from './read-note.ts'

/** What hearing of calls needs. */
export interface CallsPorts {
  readonly notes: PluginKv<CallNote>
  readonly mirror: CallMirror
  readonly ledger: Ledger
  readonly commands: Pick<PluginCommandClient, 'command'>
  readonly rules: CallRules
  /** Whether the engine is told of callers that nothing is owed to. */
  readonly answersArrivals: boolean
}

/**
 * Makes what hears of calls: notes what each event says, and tells the ledger
 * what the notes come to. The same event may come again at any time.
 */
export function createCalls(ports: CallsPorts): (event: CallEvent) => Promise<void> {
  const { notes, mirror, ledger, commands, rules } = ports

  async function hearAttempt(note: CallNote, callId: string, event: CallEvent): Promise<void> {
    const facts = readAttempt(event, callId)
    if (facts.length === 0) {
      return
    }
    const { after } = await ledger.take(note.number ?? '', facts)
    const state = after?.obligation.state
    const isCurrent = state?.type === 'attempt' && state.callId === callId
    if (event.type === 'call.dialled' && !isCurrent) {
      // It was withdrawn, and placed by a replica that did not know yet.
      await commands.command('callback.withdraw', { callId }, { timeoutMs: 1_000 })
    }
  }

  /** What a call says, and then what others of the number say that settles what it gave rise to. */
  function* withOthers(number: string, own: readonly Fact[]): Iterable<Fact> {
    yield* own
    if (own.some(isDebt)) {
      yield* mirror.settling(number)
    }
  }

  async function act(note: CallNote, callId: string): Promise<readonly Change[]> {
    const said = readNote(note, callId, rules)
    const changes: Change[] = []
    for (const number of new Set(said.map((one) => one.number))) {
      const own = said.filter((one) => one.number === number).map(({ fact }) => fact)
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
      await hearAttempt(note, callId, event)
      return
    }
    const changes = await act(note, callId)
    if (event.type === 'call.arrived' && ports.answersArrivals) {
      await answerArrival(commands, callId, changes)
    }
  }
}

function isDebt(fact: Fact): boolean {
  return fact.type === 'owed' || fact.type === 'callEnded'
}

/** False for events that are only noted. */
function isTelling({ type }: CallEvent, note: CallNote): boolean {
  const isNoted = type === 'call.queued' || type === 'call.changed'
  return !isNoted && (type !== 'flow.collected' || note.request !== undefined)
}

/** Says that nothing is known of a caller, unless the caller was given a place. */
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
