import { z } from 'zod'

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const clockTime = String.raw`([01]\d|2[0-3]):([0-5]\d)`
const windowPattern = new RegExp(`^${clockTime}-(?:${clockTime}|(24):00)$`)

/** Minutes of the local day: from, and until before. */
export interface Window {
  readonly from: number
  readonly until: number
}

/** When something is open, by the clock of a time zone that is told elsewhere. */
export interface OpeningHours {
  /** Of each day of the week, Sunday first. */
  readonly days: readonly (readonly Window[])[]
  /** `2026-12-25`: closed, whatever the weekday. */
  readonly holidays: readonly string[]
  /** By date, in place of those of the weekday and of `holidays`. */
  readonly exceptions: Readonly<Record<string, readonly Window[]>>
}

/** Hours of the week as they are written: `{ 'mon-fri': '09:00-18:00', sat: [] }`. */
type DaysText = Record<string, string | readonly string[]>

const window = z
  .string()
  .regex(windowPattern, 'a window of the day, for example "09:00-18:00"; at most until 24:00')
  .transform(readWindow)
  .refine(({ from, until }) => from < until, 'it ends before it begins: write two windows')

const windows = z
  .union(
    [z.string(), z.array(z.string())],
    'a window of the day, for example "09:00-18:00", or a list',
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
      const message = `a day or days: ${weekdays.join(', ')}, or mon-fri`
      context.addIssue({ code: 'custom', path: [name], message })
    }
    if (named.some((day) => week[day] !== undefined)) {
      const message = 'a day that is named twice: its hours would be unclear'
      context.addIssue({ code: 'custom', path: [name], message })
    }
    for (const day of named) {
      week[day] = open
    }
  }
  return week.map((open) => open ?? [])
})

/**
 * The option `hours`: when something is open. What a plugin has to say beside it
 * (`timeZone`, a first and a last day) is added with `.extend({ ... })`.
 *
 * @param defaults.days the hours of who writes none; absent: they must be written
 */
export function openingHours(defaults: { readonly days?: DaysText } = {}) {
  return z.strictObject({
    days: (defaults.days === undefined ? days : days.prefault(defaults.days)).describe(
      'windows by day or days, `mon-fri: "09:00-18:00"`, `sat: ["09:00-12:00", "13:00-16:00"]`; a day that is not named is closed',
    ),
    holidays: z.array(date).default([]).describe('dates that are closed, whatever the weekday'),
    exceptions: z
      .record(date, windows)
      .default({})
      .describe('windows of single dates, in place of those of the weekday; beats `holidays`'),
  })
}

/** The days of the week that a name means, `fri-mon` are four; none for what is no such name. */
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
