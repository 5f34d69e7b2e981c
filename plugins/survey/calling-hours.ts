import {
  createOpening,
  type EpochMs,
  type Opening,
  openingHours,
  type z,
} from '../../engine/plugin/index.ts'
import { day } from './option-schemas.ts'

/** Default calling hours. */
export const usualDays = { 'mon-fri': '09:00-20:00', sat: '10:00-16:00' } as const

/** The option `hours`: when customers may be called, in their local time. */
export const hoursOptions = openingHours({ days: usualDays }).extend({
  from: day().optional().describe('the first day'),
  to: day().optional().describe('the last day'),
})

type HoursOptions = z.output<typeof hoursOptions>

/** Calling hours in any time zone. */
export interface CallingHours {
  /** @param zone the customer's time zone, an IANA name */
  isOpen(at: EpochMs, zone: string): boolean
  /** Whether the last day is over in that zone. */
  isPast(at: EpochMs, zone: string): boolean
}

export function createCallingHours(hours: HoursOptions): CallingHours {
  const { from, to } = hours
  const openings = new Map<string, Opening>()

  function openingOf(zone: string): Opening {
    const opening = openings.get(zone) ?? createOpening(hours, zone)
    openings.set(zone, opening)
    return opening
  }

  return {
    isOpen(at, zone) {
      const opening = openingOf(zone)
      const date = opening.dateAt(at)
      return date >= (from ?? date) && date <= (to ?? date) && opening.isOpen(at)
    },
    isPast: (at, zone) => to !== undefined && openingOf(zone).dateAt(at) > to,
  }
}
