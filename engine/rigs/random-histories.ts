import fc from 'fast-check'
import { Acd } from '../core/acd.ts'
import type { AcdSettings } from '../core/settings.ts'
import type { Played } from '../core/testing/observer.ts'
import { type HistoryDice, type Pace, play } from '../core/testing/random-history.ts'
import { createTenant } from '../core/testing/random-tenant.ts'

/** When every history begins. */
export const startAt = 1_700_000_000_000

/**
 * Histories for each property. CORE_RUNS raises the number. CORE_SEED and CORE_PATH play one
 * history again.
 */
const { CORE_RUNS = '200', CORE_SEED, CORE_PATH } = process.env
const replay = CORE_SEED === undefined ? {} : { seed: Number(CORE_SEED), path: CORE_PATH ?? '' }

/** The least number of histories when only a share of them is played. */
const minRuns = 100

const die = fc.noBias(fc.nat(0x7fffffff))
/** The dice of tenants and of what happens to them. */
export const histories: fc.Arbitrary<HistoryDice> = fc.record({
  tenant: fc.record({
    rules: die,
    queues: fc.noBias(fc.array(die, { minLength: 1, maxLength: 3, size: 'max' })),
    agents: fc.noBias(fc.array(die, { minLength: 1, maxLength: 7, size: 'max' })),
  }),
  steps: fc.noBias(fc.array(die, { minLength: 1, maxLength: 60, size: 'max' })),
})

/**
 * Checks a rule on random histories, or a share of them, each played on a core that is given to
 * `check`.
 */
export function onRandomHistories(
  pace: Pace,
  check: (acd: Acd, history: Iterable<Played>, settings: AcdSettings) => void,
  share = 1,
): void {
  const runs = Number(CORE_RUNS)
  fc.assert(
    fc.property(histories, (dice) => {
      const settings = createTenant(dice.tenant)
      const acd = new Acd(settings, startAt)
      check(acd, play(acd, dice, startAt, pace), settings)
    }),
    { numRuns: Math.max(Math.min(runs, minRuns), Math.floor(runs * share)), ...replay },
  )
}
