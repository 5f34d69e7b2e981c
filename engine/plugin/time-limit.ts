import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'

/**
 * Waits for `run`, but no longer than `limitMs`. A function that hangs cannot be stopped:
 * its signal is aborted, and its later result is ignored.
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
    // A synchronous function may throw at once: that counts as a fault of `run` too.
    void (async () => await run(abort.signal))()
      .then(resolve, reject)
      .finally(() => timer.cancel())
  })
}
