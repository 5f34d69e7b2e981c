import { type DurationMs, type EpochMs, z } from '../../engine/plugin/index.ts'

/** How many calls of a campaign there are, and when the next may be made: one for all replicas. */
export const gate = z.object({
  nextAt: z.int().nonnegative(),
  /** By the call's id, since when. */
  slots: z.record(z.string(), z.int().nonnegative()),
})

export type Gate = z.output<typeof gate>

export interface GateRules {
  /** Dials a minute. */
  readonly rate: number
  readonly concurrency: number
}

const minuteMs: DurationMs = 60_000
/** So much of the rate may be caught up after a pause. */
const burstMs: DurationMs = 1_000

/** Takes a slot for a call; the very same gate when there is none now. */
export function takeSlot(
  now: Gate | undefined,
  callId: string,
  at: EpochMs,
  { rate, concurrency }: GateRules,
): Gate | undefined {
  const { nextAt, slots } = now ?? { nextAt: 0, slots: {} }
  if (Object.hasOwn(slots, callId)) {
    return now
  }
  if (nextAt > at || Object.keys(slots).length >= concurrency) {
    return now
  }
  const next = Math.max(nextAt, at - burstMs) + minuteMs / rate
  return { nextAt: Math.ceil(next), slots: { ...slots, [callId]: at } }
}

/** Gives slots back; the very same gate when it has none of them. */
export function freeSlots(now: Gate | undefined, callIds: readonly string[]): Gate | undefined {
  if (now === undefined || !callIds.some((callId) => Object.hasOwn(now.slots, callId))) {
    return now
  }
  const slots = Object.entries(now.slots).filter(([callId]) => !callIds.includes(callId))
  return { ...now, slots: Object.fromEntries(slots) }
}
