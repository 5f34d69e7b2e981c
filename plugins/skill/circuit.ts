import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'

/** Leaves a service alone for a while that has failed too often. */
export interface Circuit {
  /** Whether it may be asked now. After a pause one may ask, until it is known how that went. */
  enter(now: EpochMs): boolean
  succeeded(): void
  failed(now: EpochMs): void
  readonly isOpen: boolean
}

/**
 * @param failures so many in a row, and it is left alone
 * @param pauseMs for so long
 */
export function createCircuit(failures: number, pauseMs: DurationMs): Circuit {
  let inARow = 0
  let retryAt: EpochMs | undefined
  return {
    enter(now) {
      if (retryAt !== undefined && now < retryAt) {
        return false
      }
      if (retryAt !== undefined) {
        retryAt = now + pauseMs
      }
      return true
    },
    succeeded() {
      inARow = 0
      retryAt = undefined
    },
    failed(now) {
      inARow += 1
      if (inARow >= failures) {
        retryAt = now + pauseMs
      }
    },
    get isOpen() {
      return retryAt !== undefined
    },
  }
}
