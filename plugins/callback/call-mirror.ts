import type { EpochMs } from '../../engine/plugin/index.ts'
import type { CallNote, CallRules } from './call-note.ts'
import { readAnew, readNote } from './read-note.ts'
import type { RecordInput } from './record-input.ts'

/** Longer than an event may be tried again: until then it may come once more. */
const keepEndedMs = 7 * 60 * 60_000
/** For calls whose end was missed. */
const keepOpenMs = 48 * 60 * 60_000

/** A call that lasts longer is taken for one whose end was missed. */
const maxCallMs = 2 * 60 * 60_000

/** A call that a customer is in. */
export interface CurrentCall {
  readonly callId: string
  readonly note: CallNote
}

/** A copy of the notes, late by what is on its way. */
export interface CallMirror {
  set(callId: string, note: CallNote | undefined): void
  /**
   * What calls of a number say that settles what is owed: one that was answered
   * late may be heard of before the debt that it settles.
   */
  settling(number: string): readonly RecordInput[]
  /** What has become of a call, as far as it is about a number. */
  about(callId: string, number: string): readonly RecordInput[]
  /** A call in which the customer is on the line now, as far as is known. */
  onLine(number: string, now: EpochMs): CurrentCall | undefined
  /** Calls of which nothing more will be heard. */
  forgettable(now: EpochMs): readonly string[]
}

/** Creates an empty copy. */
export function createCallMirror(rules: CallRules): CallMirror {
  const notes = new Map<string, CallNote>()
  const byNumber = new Map<string, Set<string>>()

  function unlink(callId: string): void {
    const number = notes.get(callId)?.number ?? ''
    const calls = byNumber.get(number)
    calls?.delete(callId)
    if (calls?.size === 0) {
      byNumber.delete(number)
    }
    notes.delete(callId)
  }

  return {
    set(callId, note) {
      unlink(callId)
      if (note !== undefined) {
        notes.set(callId, note)
        const { number = '' } = note
        if (number !== '') {
          byNumber.set(number, (byNumber.get(number) ?? new Set()).add(callId))
        }
      }
    },

    settling(number) {
      return [...(byNumber.get(number) ?? [])].flatMap((callId) => {
        const note = notes.get(callId)
        const said =
          note === undefined || note.origin === 'callback' ? [] : readNote(note, callId, rules)
        return said.map(({ input }) => input).filter(isSettling)
      })
    },

    about(callId, number) {
      const note = notes.get(callId)
      return note === undefined ? [] : readAnew(note, callId, number, rules)
    },

    onLine(number, now) {
      for (const callId of byNumber.get(number) ?? []) {
        const note = notes.get(callId)
        if (note !== undefined && isOnLine(note, now)) {
          return { callId, note }
        }
      }
      return undefined
    },

    forgettable: (now) =>
      [...notes].flatMap(([callId, note]) => (isForgettable(note, now) ? [callId] : [])),
  }
}

/** A customer who is dialled is on the line when an agent has answered: until then the attempt says so. */
function isOnLine({ at, end, origin, answeredAt }: CallNote, now: EpochMs): boolean {
  const hasArrived = origin !== 'callback' || answeredAt !== undefined
  return end === undefined && hasArrived && now - at < maxCallMs
}

function isSettling({ type }: RecordInput): boolean {
  return type === 'served' || type === 'rangAgain'
}

function isForgettable({ at, end }: CallNote, now: EpochMs): boolean {
  return end === undefined ? now - at > keepOpenMs : now - end.at > keepEndedMs
}
