import type { EpochMs } from '../../catalogue/ids.ts'
import type { OpeningHours, Window } from './opening-hours.ts'
import { createLocalClock, dateOf } from './time-zone.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** How far ahead to look for an opening: a year, plus a long run of holidays. */
const maxDays = 400
/** Upper bound of the step that a clock takes when daylight saving time begins. */
const maxGapMinutes = 180

/** Opening hours in a time zone. */
export interface Opening {
  isOpen(at: EpochMs): boolean
  /** The first instant from `at` on at which it is open; undefined: none within 400 days. */
  nextAt(at: EpochMs): EpochMs | undefined
  /** The local date, `2026-11-02`. */
  dateAt(at: EpochMs): string
}

/**
 * Applies opening hours to a time zone, daylight saving time included.
 *
 * @param timeZone its name in the IANA database
 * @throws RangeError when this system does not know the time zone
 */
export function createOpening(hours: OpeningHours, timeZone: string): Opening {
  const readLocal = createLocalClock(timeZone)
  const holidays = new Set(hours.holidays)

  function windowsOf(day: number): readonly Window[] {
    const { date, weekday } = dateOf(day)
    return hours.exceptions[date] ?? (holidays.has(date) ? [] : (hours.days[weekday] ?? []))
  }

  function isOpen(at: EpochMs): boolean {
    const { day, minute } = readLocal(at)
    return windowsOf(day).some(({ from, until }) => minute >= from && minute < until)
  }

  /** When a local window begins: twice if the clock is set back over its start, later if it is set forward over it. */
  function beginningsOf(day: number, { from }: Window): readonly EpochMs[] {
    const shown = day * dayMs + from * minuteMs
    const offsets = new Set([shown - dayMs, shown + dayMs].map((at) => shownAt(at) - at))
    return [...offsets].map((offset) => firstOpen(shown - offset)).filter((at) => at !== undefined)
  }

  function shownAt(at: EpochMs): EpochMs {
    const { day, minute } = readLocal(at)
    return day * dayMs + minute * minuteMs
  }

  function firstOpen(from: EpochMs): EpochMs | undefined {
    for (let minutes = 0; minutes <= maxGapMinutes; minutes += 1) {
      const at = from + minutes * minuteMs
      if (isOpen(at)) {
        return at
      }
    }
    return undefined
  }

  return {
    isOpen,
    nextAt(at) {
      if (isOpen(at)) {
        return at
      }
      const today = readLocal(at).day
      for (let day = today; day < today + maxDays; day += 1) {
        const begins = windowsOf(day)
          .flatMap((window) => beginningsOf(day, window))
          .filter((begin) => begin > at)
        if (begins.length > 0) {
          return Math.min(...begins)
        }
      }
      return undefined
    },
    dateAt: (at) => dateOf(readLocal(at).day).date,
  }
}
