import { type EpochMs, z } from '../../engine/plugin/index.ts'

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const minuteMs = 60_000
const dayMs = 86_400_000
/** How far ahead an opening is looked for: a year, and the longest run of holidays. */
const mostDays = 400
/** The longest step a clock takes at a change to summer time, with room. */
const mostGapMinutes = 180

const clockTime = String.raw`([01]\d|2[0-3]):([0-5]\d)`
const windowPattern = new RegExp(`^${clockTime}-(?:${clockTime}|(24):00)$`)

/** Minutes of the local day: from, and until before. */
export interface Window {
  readonly from: number
  readonly until: number
}

const windows = z
  .array(
    z
      .string()
      .regex(windowPattern, 'a window of the day, for example "09:00-18:00"; at most until 24:00')
      .transform(readWindow)
      .refine(({ from, until }) => from < until, 'it ends before it begins: write two windows'),
  )
  .readonly()

const timeZone = z.string().refine(isTimeZone, 'a time zone, for example Europe/Berlin')
const date = z.iso.date('a date, for example "2026-12-25"')

/** When customers may be dialled. */
export const openingHoursSchema = z.strictObject({
  timeZone: timeZone.describe('whose clock the windows mean, for example `Europe/Berlin`'),
  week: z
    .partialRecord(z.enum(weekdays), windows)
    .describe('windows of each weekday, `mon: ["09:00-18:00"]`; a day that is not named is closed'),
  holidays: z.array(date).default([]).describe('dates that are closed, whatever the weekday'),
  exceptions: z
    .record(date, windows)
    .default({})
    .describe('windows of single dates, in place of those of the weekday; beats `holidays`'),
})

export type OpeningHours = z.output<typeof openingHoursSchema>

/** Where an instant is on a local clock. */
interface LocalTime {
  /** As `Date.UTC` counts days. */
  readonly day: number
  readonly minute: number
}

/** Makes what finds the first instant, from `at` on, at which it is open; undefined: not within a year. */
export function createOpening(hours: OpeningHours): (at: EpochMs) => EpochMs | undefined {
  const readLocal = createLocalClock(hours.timeZone)
  const holidays = new Set(hours.holidays)

  function windowsOf(day: number): readonly Window[] {
    const text = new Date(day * dayMs).toISOString().slice(0, 10)
    const exception = hours.exceptions[text]
    if (exception !== undefined) {
      return exception
    }
    const weekday = weekdays[new Date(day * dayMs).getUTCDay()] ?? 'sun'
    return holidays.has(text) ? [] : (hours.week[weekday] ?? [])
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

  return (at) => {
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
  }
}

function readWindow(text: string): Window {
  const [, fromHour, fromMinute, untilHour, untilMinute, midnight] = windowPattern.exec(text) ?? []
  return {
    from: Number(fromHour) * 60 + Number(fromMinute),
    until: Number(midnight ?? untilHour) * 60 + Number(untilMinute ?? 0),
  }
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined
  } catch {
    return false
  }
}

function createLocalClock(timeZone: string): (at: EpochMs) => LocalTime {
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
