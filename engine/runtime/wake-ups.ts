import type { EpochMs } from '../catalogue/ids.ts'
import { type Deadline, Deadlines, type Occasion } from '../core/deadlines.ts'
import type { CallHandle } from './call-registry.ts'

/** When the calls of a tenant want to be woken: at most one instant each. */
export class WakeUps {
  readonly #deadlines = new Deadlines()
  readonly #byCall = new Map<CallHandle, Deadline>()
  readonly #due: Occasion<CallHandle>

  /** @param wake called for each call that is due */
  constructor(wake: (handle: CallHandle) => void) {
    this.#due = {
      reach: (handle) => {
        this.#byCall.delete(handle)
        wake(handle)
      },
    }
  }

  /** Follows when a call wants to be woken: after every event it was told. */
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
