import { type DurationMs, z } from '../../engine/plugin/index.ts'

const millisecondsPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const pattern = /^(\d{1,6})(ms|s|m|h|d)$/

/** A span of time as it is written in a configuration, `20s`, `30m`, `7d`; becomes milliseconds. */
export function duration(leastMs: DurationMs = 0) {
  return z
    .string()
    .regex(pattern, 'a duration, for example 30m (units: ms, s, m, h, d)')
    .transform((text): DurationMs => {
      const [, digits, unit] = pattern.exec(text) ?? []
      return Number(digits) * millisecondsPerUnit[unit as keyof typeof millisecondsPerUnit]
    })
    .refine((spanMs) => spanMs >= leastMs, `at least ${leastMs / 1_000}s`)
}
