import type { Deadlines } from './deadlines.ts'
import type { AcdEffect } from './event.ts'
import type { MatchIndex } from './match-index.ts'
import type { AcdSettings } from './settings.ts'
import type { SteadyTime } from './steady-time.ts'

/** What the parts of one core share. */
export interface Shared {
  readonly index: MatchIndex
  readonly deadlines: Deadlines
  readonly time: SteadyTime
  /** The tenant's rules as they are now. */
  rules: Pick<AcdSettings, 'fairAfterMs' | 'occupancyWindowMs' | 'seed' | 'recordEvery'>
  emit(effect: AcdEffect): void
}
