import type { EpochMs } from '../catalogue/ids.ts'
import { type Deadline, Deadlines, type Occasion } from '../core/deadlines.ts'
import type { CallHandle } from './call-registry.ts'

/** The deadlines of a tenant's calls: at most one for each call. */
export class WakeUps {
  readonly #deadlines = new Deadlines()
  readonly #byCall = new Map<CallHandle, Deadline>()
  readonly #due: Occasion<CallHandle>

  /** @param wake called for each call whose deadline is due */
  constructor(wake: (handle: CallHandle) => void) {
    this.#due = {
      reach: (handle) => {
        this.#byCall.delete(handle)
        wake(handle)
      },
    }
  }

  /** Updates the deadline of a call. Must be called after every event. */
  update(handle: CallHandle): void {
    const at = handle.call.nextWakeAt
    const known = this.#byCall.get(handle)
    if (known?.at === at) {
      return
    }
    this.#deadlines.cancel(known)
    this.#byCall.delete(handle)
    if (at !== undefined) {
      this.#byCall.set(handle, this.#deadlines.set(at, this.#due, handle))
    }
  }

  nextAt(): EpochMs | undefined {
    return this.#deadlines.nextAt()
  }

  wakeUntil(now: EpochMs): void {
    this.#deadlines.reachUntil(now)
  }
}
