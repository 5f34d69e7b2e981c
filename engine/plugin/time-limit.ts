import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'

/**
 * Waits for `run` for so long and no longer. What hangs cannot be ended: its
 * signal is aborted, and what it comes to later is ignored.
 *
 * @throws SwitchyardError SY_PLUGIN_TIMEOUT, or whatever `run` threw
 */
export async function withTimeLimit<T>(
  clock: Clock,
  limitMs: DurationMs,
  what: string,
  run: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const abort = new AbortController()
  return await new Promise<T>((resolve, reject) => {
    const timer = clock.setTimer(limitMs, () => {
      const error = new SwitchyardError('SY_PLUGIN_TIMEOUT', `${what} took over ${limitMs} ms`)
      abort.abort(error)
      reject(error)
    })
    // A plain function may throw at once: that is a fault of `run` as well.
    void (async () => await run(abort.signal))()
      .then(resolve, reject)
      .finally(() => timer.cancel())
  })
}
