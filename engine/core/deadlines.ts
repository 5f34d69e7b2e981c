import { Heap, type HeapItem } from './heap.ts'
import type { EpochMs } from './ids.ts'

/** Something that happens at an instant unless cancelled before. */
export interface Deadline extends HeapItem {
  readonly at: EpochMs
  readonly sequence: number
  readonly reach: () => void
}

/** Pending instants in order: time, then the order in which they were set. */
export class Deadlines {
  readonly #heap = new Heap<Deadline>((a, b) =>
    a.at === b.at ? a.sequence < b.sequence : a.at < b.at,
  )
  #sequence = 0

  set(at: EpochMs, reach: () => void): Deadline {
    this.#sequence += 1
    const deadline: Deadline = { at, sequence: this.#sequence, reach, heapIndex: -1 }
    this.#heap.push(deadline)
    return deadline
  }

  /** Cancelling what is reached or cancelled, or `undefined`, does nothing. */
  cancel(deadline: Deadline | undefined): void {
    if (deadline !== undefined) {
      this.#heap.remove(deadline)
    }
  }

  nextAt(): EpochMs | undefined {
    return this.#heap.peek()?.at
  }

  /** Reaches all deadlines up to `now`, those set meanwhile included. */
  reachUntil(now: EpochMs): void {
    for (let next = this.#heap.peek(); next !== undefined && next.at <= now; ) {
      this.#heap.remove(next)
      next.reach()
      next = this.#heap.peek()
    }
  }
}
