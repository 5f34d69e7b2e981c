import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import { progressOf, type SurveyCall } from './survey-call.ts'

/** What is overdue for a call. */
export type Overdue = 'nothing' | 'settle' | 'forget'

/** How long to wait for missing events: those a crashed replica held are redelivered within a minute. */
const graceMs: DurationMs = 90_000
/** How long after its time limit a survey without a reported end is closed. */
const lostMs: DurationMs = 120_000
const overMs: DurationMs = 10 * 60_000
/** A caller who stays after the agent has left may queue again and talk to another agent. */
const betweenMs: DurationMs = 60 * 60_000
const talkMs: DurationMs = 24 * 60 * 60_000

/** Decides what is overdue for a call without further events. @param timeLimitMs time limit of its survey */
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
