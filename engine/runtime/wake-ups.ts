import { type Deadline, Deadlines } from '../core/deadlines.ts'
import type { EpochMs } from '../core/ids.ts'
import type { CallHandle } from './call-registry.ts'

/** When the calls of a tenant want to be told that time has passed: one instant each, if any. */
export class WakeUps {
  readonly #deadlines = new Deadlines()
  readonly #byCall = new Map<CallHandle, Deadline>()
  readonly #wake: (handle: CallHandle) => void

  /** @param wake called for each call that is due */
  constructor(wake: (handle: CallHandle) => void) {
    this.#wake = wake
  }

  /** Follows what a call wants: after every fact it was told. */
  update(handle: CallHandle): void {
    const at = handle.call.nextWakeAt
    const known = this.#byCall.get(handle)
    if (known?.at === at) {
      return
    }
    this.#deadlines.cancel(known)
    this.#byCall.delete(handle)
    if (at !== undefined) {
      const due = () => {
        this.#byCall.delete(handle)
        this.#wake(handle)
      }
      this.#byCall.set(handle, this.#deadlines.set(at, due))
    }
  }

  nextAt(): EpochMs | undefined {
    return this.#deadlines.nextAt()
  }

  wakeUntil(now: EpochMs): void {
    this.#deadlines.reachUntil(now)
  }
}
