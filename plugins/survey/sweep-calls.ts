import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import { progressOf, type SurveyCall } from './survey-call.ts'

/** What time alone demands of a call. */
export type Overdue = 'nothing' | 'settle' | 'forget'

/** A word that is missing may still come: what a dead replica had in hand takes a minute to be told again. */
const graceMs: DurationMs = 90_000
/** A survey whose end nobody told is over so long after its time limit. */
const lostMs: DurationMs = 120_000
const overMs: DurationMs = 10 * 60_000
/** Who stays when the agent has left may be in a queue again, and talk to another. */
const betweenMs: DurationMs = 60 * 60_000
const talkMs: DurationMs = 24 * 60 * 60_000

/** Says what is due for a call of which nothing more is heard. @param timeLimitMs of its survey */
export function overdueOf(call: SurveyCall, timeLimitMs: DurationMs, now: EpochMs): Overdue {
  const age = now - call.touchedAt
  if (call.isOver) {
    return age > overMs ? 'forget' : 'nothing'
  }
  const progress = progressOf(call)
  if (progress === undefined) {
    return age > (call.isTalkOver ? betweenMs : talkMs) ? 'forget' : 'nothing'
  }
  const isDue =
    progress.outcome === undefined ? now - progress.startedAt > timeLimitMs + lostMs : age > graceMs
  return isDue ? 'settle' : 'nothing'
}
