import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { describeFault } from '../describe-fault.ts'
import { isSwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'

const retryMs: DurationMs = 500

/** Repeats what fails while the broker, or a stream on it, is away. */
export interface BrokerRetry {
  /** Runs `attempt` until it succeeds. @throws what `attempt` throws when trying again is of no use */
  retry(attempt: () => Promise<void>): Promise<void>
  /** Ends a pause between two attempts at once. */
  stopWaiting(): void
}

/** @param requireGoing called before each attempt; what it throws ends the retrying */
export function createBrokerRetry(
  clock: Clock,
  log: Logger,
  requireGoing: () => void,
): BrokerRetry {
  let pause: { readonly timer: Timer; readonly end: () => void } | undefined

  return {
    async retry(attempt) {
      let reported: string | undefined
      for (;;) {
        requireGoing()
        try {
          await attempt()
          return
        } catch (error) {
          if (!isSwitchyardError(error) || !error.retryable) {
            throw error
          }
          if (reported !== error.code) {
            reported = error.code
            log.warn(describeFault(error), 'the plugin waits for the broker')
          }
          await new Promise<void>((resolve) => {
            pause = { timer: clock.setTimer(retryMs, resolve), end: resolve }
          })
        }
      }
    },
    stopWaiting() {
      pause?.timer.cancel()
      pause?.end()
    },
  }
}
