import { type DurationMs, type EpochMs, z } from '../../engine/plugin/index.ts'

/** Limits the calls of a campaign: its current calls, and when the next may be made. Shared by all replicas. */
export const gate = z.object({
  nextAt: z.int().nonnegative(),
  /** When each slot was taken, by call id. */
  slots: z.record(z.string(), z.int().nonnegative()),
})

export type Gate = z.output<typeof gate>

export interface GateRules {
  /** Dials per minute. */
  readonly rate: number
  readonly concurrency: number
}

const minuteMs: DurationMs = 60_000
/** How much of the rate may be caught up after a pause. */
const burstMs: DurationMs = 1_000

/** Takes a slot for a call; returns the same gate if none is free now. */
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

/** Frees slots; returns the same gate if it has none of them. */
export function freeSlots(now: Gate | undefined, callIds: readonly string[]): Gate | undefined {
  if (now === undefined || !callIds.some((callId) => Object.hasOwn(now.slots, callId))) {
    return now
  }
  const slots = Object.entries(now.slots).filter(([callId]) => !callIds.includes(callId))
  return { ...now, slots: Object.fromEntries(slots) }
}
