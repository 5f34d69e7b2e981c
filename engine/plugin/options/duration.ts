import { z } from 'zod'
import type { DurationMs } from '../../catalogue/ids.ts'

const millisecondsPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const pattern = /^(\d{1,9})(ms|s|m|h|d)$/

/** A duration as written in the configuration. */
type DurationText = `${number}${keyof typeof millisecondsPerUnit}`

interface Bounds {
  /** @default '0s' */
  readonly least?: DurationText
  /** @default '3650d' */
  readonly most?: DurationText
}

/**
 * An option that is a duration: `500ms`, `20s`, `5m`, `1h`, `30d`. Its value is in
 * milliseconds. Defaults are written in the same way: `.prefault('20s')`.
 */
export function duration({ least = '0s', most = '3650d' }: Bounds = {}) {
  const expectation = `a duration from ${least} to ${most}, for example ${least === '0s' ? '20s' : least} (units: ms, s, m, h, d)`
  return z.string(expectation).transform((text, context): DurationMs => {
    const spanMs = read(text)
    if (spanMs >= read(least) && spanMs <= read(most)) {
      return spanMs
    }
    context.addIssue({ code: 'custom', message: `expected ${expectation}` })
    return z.NEVER
  })
}

/** NaN when the text is not a duration. */
function read(text: string): DurationMs {
  const [, digits, unit] = pattern.exec(text) ?? []
  return Number(digits) * millisecondsPerUnit[unit as keyof typeof millisecondsPerUnit]
}
