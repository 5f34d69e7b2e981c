import type { EpochMs } from '../../catalogue/ids.ts'
import type { OpeningHours, Window } from './opening-hours.ts'
import { createLocalClock, dateOf } from './time-zone.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** How far ahead an opening is looked for: a year, and the longest run of holidays. */
const mostDays = 400
/** The longest step a clock takes at a change to summer time, with room. */
const mostGapMinutes = 180

/** Hours as they are somewhere. */
export interface Opening {
  isOpen(at: EpochMs): boolean
  /** The first instant from `at` on at which it is open; undefined: none within a year. */
  nextAt(at: EpochMs): EpochMs | undefined
  /** The date there, `2026-11-02`. */
  dateAt(at: EpochMs): string
}

/**
 * Makes hours those of a place, with its changes to summer time.
 *
 * @param timeZone by its name in the IANA database
 * @throws RangeError when this system knows no such time zone
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

  /** When a local window begins: twice where the clock is put back over it, later where it is put forward. */
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
    for (let minutes = 0; minutes <= mostGapMinutes; minutes += 1) {
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
      for (let day = today; day < today + mostDays; day += 1) {
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
