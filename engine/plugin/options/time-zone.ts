import { z } from 'zod'
import type { EpochMs } from '../../catalogue/ids.ts'

const dayMs = 86_400_000

/** An option that is a time zone by its IANA name: `Europe/Berlin`. */
export function timeZone() {
  return z.string().refine(isTimeZone, 'an IANA time zone name, for example Europe/Berlin')
}

/** True for the name of a time zone that this system knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** An instant in local time. */
export interface LocalTime {
  /** Days since 1970-01-01, by the local date. */
  readonly day: number
  /** Minutes since local midnight, as the clock shows them. */
  readonly minute: number
}

/** Creates a function that converts instants to the local time of a zone. */
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

/** Formats a day as a date, `2026-11-02`, with its weekday; Sunday is 0. */
export function dateOf(day: number): { readonly date: string; readonly weekday: number } {
  const instant = new Date(day * dayMs)
  return { date: instant.toISOString().slice(0, 10), weekday: instant.getUTCDay() }
}
