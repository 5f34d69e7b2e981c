import { type DurationMs, z } from '../../engine/plugin/index.ts'

const millisecondsPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const pattern = /^(\d{1,9})(ms|s|m|h|d)$/

interface Bounds {
  /** @default '0s' */
  readonly least?: string
  /** @default '365d' */
  readonly most?: string
}

/** A span of time as the configuration writes it: `100ms`, `20s`, `5m`, `1h`, `30d`; in milliseconds. */
export function duration({ least = '0s', most = '365d' }: Bounds = {}) {
  const expectation = `a duration from ${least} to ${most}, for example 20s (units: ms, s, m, h, d)`
  return z.string(expectation).transform((text, context): DurationMs => {
    const spanMs = read(text)
    if (spanMs >= read(least) && spanMs <= read(most)) {
      return spanMs
    }
    context.addIssue({ code: 'custom', message: `expected ${expectation}` })
    return z.NEVER
  })
}

/** NaN where the text is no duration. */
function read(text: string): DurationMs {
  const [, digits, unit] = pattern.exec(text) ?? []
  return Number(digits) * millisecondsPerUnit[unit as keyof typeof millisecondsPerUnit]
}
