import { z } from 'zod'
import type { EpochMs } from '../../catalogue/ids.ts'

const dayMs = 86_400_000

/** An option that is a time zone, by its name in the IANA database: `Europe/Berlin`. */
export function timeZone() {
  return z.string().refine(isTimeZone, 'a time zone by its name, for example Europe/Berlin')
}

/** True for the name of a time zone that this system knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Where an instant is on the clock of a time zone. */
export interface LocalTime {
  /** As `Date.UTC` counts days. */
  readonly day: number
  /** From midnight as the clock shows it. */
  readonly minute: number
}

/** Makes a clock of a time zone. */
export function createLocalClock(timeZone: string): (at: EpochMs) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
    for (const { type, value } of format.formatToParts(at)) {
      part[type] = Number(value)
    }
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part
    return { day: Date.UTC(year, month - 1, day) / dayMs, minute: hour * 60 + minute }
  }
}

/** A day as dates are written, `2026-11-02`; of the seven days of the week Sunday is 0. */
export function dateOf(day: number): { readonly date: string; readonly weekday: number } {
  const instant = new Date(day * dayMs)
  return { date: instant.toISOString().slice(0, 10), weekday: instant.getUTCDay() }
}
