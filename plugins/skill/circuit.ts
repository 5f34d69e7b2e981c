import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'

/** A circuit breaker: pauses requests to a service that has failed too often. */
export interface Circuit {
  /** Whether a request may be sent now. After a pause a single request probes the service. */
  enter(now: EpochMs): boolean
  succeeded(): void
  failed(now: EpochMs): void
  readonly isOpen: boolean
}

/**
 * @param failures consecutive failures that open the circuit
 * @param pauseMs how long it stays open before a probe
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
