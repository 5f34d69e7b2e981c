import type { EpochMs } from '../../engine/plugin/index.ts'
import { type CallNote, type CallRules, readNote } from './call-note.ts'
import type { Fact } from './fact.ts'

/** Longer than an event may be tried again: until then it may come once more. */
const keepEndedMs = 7 * 60 * 60_000
/** For calls whose end nobody told. */
const keepOpenMs = 48 * 60 * 60_000

/** Who would be on the line for longer is a call whose end nobody told. */
const longestCallMs = 2 * 60 * 60_000

/** A copy of the notes, late by what is on its way. */
export interface CallMirror {
  set(callId: string, note: CallNote | undefined): void
  /**
   * What calls of a number say that settles what is owed: one that was answered
   * late may be heard of before the debt that it settles.
   */
  settling(number: string): readonly Fact[]
  /** A call in which the customer is on the line now, as far as is known. */
  onLine(number: string, now: EpochMs): string | undefined
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
        return said.map(({ fact }) => fact).filter(isSettling)
      })
    },

    onLine: (number, now) =>
      [...(byNumber.get(number) ?? [])].find((callId) => {
        const note = notes.get(callId)
        const hasArrived = note?.origin !== 'callback' || note.answeredAt !== undefined
        return note?.end === undefined && hasArrived && now - (note?.at ?? 0) < longestCallMs
      }),

    forgettable: (now) =>
      [...notes].flatMap(([callId, note]) => (isForgettable(note, now) ? [callId] : [])),
  }
}

function isSettling({ type }: Fact): boolean {
  return type === 'served' || type === 'rangAgain'
}

function isForgettable({ at, end }: CallNote, now: EpochMs): boolean {
  return end === undefined ? now - at > keepOpenMs : now - end.at > keepEndedMs
}
