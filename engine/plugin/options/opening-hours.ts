import { z } from 'zod'

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const clockTime = String.raw`([01]\d|2[0-3]):([0-5]\d)`
const windowPattern = new RegExp(`^${clockTime}-(?:${clockTime}|(24):00)$`)

/** Minutes of the local day: from `from`, up to but excluding `until`. */
export interface Window {
  readonly from: number
  readonly until: number
}

/** When something is open, in the local time of a zone that is set elsewhere. */
export interface OpeningHours {
  /** The windows of each day of the week, Sunday first. */
  readonly days: readonly (readonly Window[])[]
  /** Closed dates, `2026-12-25`, whatever the weekday. */
  readonly holidays: readonly string[]
  /** Windows by date; they override the weekday and `holidays`. */
  readonly exceptions: Readonly<Record<string, readonly Window[]>>
}

/** Hours of the week as written in the configuration: `{ 'mon-fri': '09:00-18:00', sat: [] }`. */
type DaysText = Record<string, string | readonly string[]>

const window = z
  .string()
  .regex(windowPattern, 'a time window, for example "09:00-18:00", ending at 24:00 at the latest')
  .transform(readWindow)
  .refine(({ from, until }) => from < until, 'ends before it begins: write two windows')

const windows = z
  .union(
    [z.string(), z.array(z.string())],
    'a time window, for example "09:00-18:00", or a list of them',
  )
  .transform((text) => [text].flat())
  .pipe(z.array(window))
  .readonly()

const date = z.iso.date('a date, for example "2026-12-25"')

const days = z.record(z.string(), windows).transform((written, context) => {
  const week: (readonly Window[] | undefined)[] = weekdays.map(() => undefined)
  for (const [name, open] of Object.entries(written)) {
    const named = daysOf(name)
    if (named.length === 0) {
      const message = `a day (${weekdays.join(', ')}) or a range of days, for example mon-fri`
      context.addIssue({ code: 'custom', path: [name], message })
    }
    if (named.some((day) => week[day] !== undefined)) {
      const message = 'contains a day that is listed twice'
      context.addIssue({ code: 'custom', path: [name], message })
    }
    for (const day of named) {
      week[day] = open
    }
  }
  return week.map((open) => open ?? [])
})

/**
 * The option `hours`: when something is open. A plugin adds keys of its own
 * (`timeZone`, a first and a last day) with `.extend({ ... })`.
 *
 * @param defaults.days the default hours; if absent, `days` is required
 */
export function openingHours(defaults: { readonly days?: DaysText } = {}) {
  return z.strictObject({
    days: (defaults.days === undefined ? days : days.prefault(defaults.days)).describe(
      'windows by day or days, `mon-fri: "09:00-18:00"`, `sat: ["09:00-12:00", "13:00-16:00"]`; a day that is not listed is closed',
    ),
    holidays: z.array(date).default([]).describe('closed dates, whatever the weekday'),
    exceptions: z
      .record(date, windows)
      .default({})
      .describe('windows for single dates; override the weekday and `holidays`'),
  })
}

/** The days of the week that a name covers: four for `fri-mon`, none for an unknown name. */
function daysOf(name: string): readonly number[] {
  const [first = '', last = first, ...rest] = name.split('-')
  const from = weekdays.indexOf(first)
  const until = weekdays.indexOf(last)
  if (from === -1 || until === -1 || rest.length > 0) {
    return []
  }
  const count = ((until - from + 7) % 7) + 1
  return Array.from({ length: count }, (_, index) => (from + index) % 7)
}

function readWindow(text: string): Window {
  const [, fromHour, fromMinute, untilHour, untilMinute, midnight] = windowPattern.exec(text) ?? []
  return {
    from: Number(fromHour) * 60 + Number(fromMinute),
    until: Number(midnight ?? untilHour) * 60 + Number(untilMinute ?? 0),
  }
}
