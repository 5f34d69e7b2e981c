import { type EpochMs, z } from '../../engine/plugin/index.ts'
import { day } from './option-words.ts'

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const clockTime = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/

const span = z
  .string()
  .regex(/^\d\d:\d\d-\d\d:\d\d$/, 'from and to: 09:00-20:00')
  .refine((text) => {
    const [from = '', to = ''] = text.split('-')
    return clockTime.test(from) && clockTime.test(to) && from < to
  }, 'a time of day before another')

/** When people may be called, in their own time. */
export const hoursOptions = z.strictObject({
  days: z
    .record(
      z
        .string()
        .regex(/^(sun|mon|tue|wed|thu|fri|sat)(-(sun|mon|tue|wed|thu|fri|sat))?$/, 'mon, mon-fri'),
      span,
    )
    .default({ 'mon-fri': '09:00-20:00', sat: '10:00-16:00' })
    .describe('by day or days, for example `mon-fri: 09:00-20:00`'),
  except: z.array(day()).default([]).describe('days on which nobody is called: holidays'),
  from: day().optional().describe('the first day'),
  to: day().optional().describe('the last day'),
})

export type HoursOptions = z.output<typeof hoursOptions>

/** What a time zone's clock and calendar show. */
export interface LocalTime {
  /** `2026-11-02` */
  readonly date: string
  /** 0 is Sunday. */
  readonly weekday: number
  /** `09:05` */
  readonly time: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** @param zone by its name in the IANA database */
export function localTime(at: EpochMs, zone: string): LocalTime {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(zone, format)
  }
  const part = Object.fromEntries(
    format.formatToParts(at).map(({ type, value }) => [type, value] as const),
  )
  const date = `${part['year']}-${part['month']}-${part['day']}`
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  return { date, weekday, time: `${part['hour']}:${part['minute']}` }
}

/** Whether people in whose place it is this time may be called. */
export function isCallingTime(hours: HoursOptions, { date, weekday, time }: LocalTime): boolean {
  const { days, except, from = date, to = date } = hours
  return (
    date >= from &&
    date <= to &&
    !except.includes(date) &&
    Object.entries(days).some(([name, text]) => {
      const [begin = '', end = ''] = text.split('-')
      return isDayOf(name, weekday) && time >= begin && time < end
    })
  )
}

/** Whether the last day is over there. */
export function isPast({ to }: HoursOptions, { date }: LocalTime): boolean {
  return to !== undefined && date > to
}

function isDayOf(name: string, weekday: number): boolean {
  const [first = '', last = first] = name.split('-')
  const begin = weekdays.indexOf(first)
  const end = weekdays.indexOf(last)
  return begin <= end ? weekday >= begin && weekday <= end : weekday >= begin || weekday <= end
}
