import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { describeFault } from '../describe-fault.ts'
import type { Logger } from '../log.ts'

/** Repeated runs, until all are stopped. */
export interface Repeats {
  add(name: string, intervalMs: DurationMs, run: () => Promise<void> | void): void
  /** Starts no further run; resolves when those in progress have ended. */
  stop(): Promise<void>
}

/** Creates an empty set of repeated runs. A run that throws is logged, reported to `onFailed`, and repeated. */
export function createRepeats(
  clock: Clock,
  log: Logger,
  onFailed: (name: string) => void,
): Repeats {
  const timers = new Set<Timer>()
  const underWay = new Set<Promise<void>>()
  let isStopped = false

  async function once(name: string, run: () => Promise<void> | void): Promise<void> {
    try {
      await run()
    } catch (error) {
      onFailed(name)
      log.error({ run: name, ...describeFault(error) }, 'a repeated run of the plugin failed')
    }
  }

  function arm(name: string, intervalMs: DurationMs, run: () => Promise<void> | void): void {
    if (isStopped) {
      return
    }
    const timer = clock.setTimer(intervalMs, () => {
      timers.delete(timer)
      const running = once(name, run)
      underWay.add(running)
      void running.then(() => {
        underWay.delete(running)
        arm(name, intervalMs, run)
      })
    })
    timers.add(timer)
  }

  return {
    add: arm,
    async stop() {
      isStopped = true
      for (const timer of timers) {
        timer.cancel()
      }
      await Promise.all(underWay)
    },
  }
}
