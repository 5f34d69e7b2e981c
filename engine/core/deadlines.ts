import type { EpochMs } from '../catalogue/ids.ts'
import { Heap, type HeapItem } from './heap.ts'

/** What happens at deadlines of one kind. One object serves all of them, since there are many. */
export interface Occasion<Subject> {
  reach(subject: Subject): void
  /** Called for each due deadline before the first one is reached. Must not set a deadline. */
  prepare?(subject: Subject): void
}

/** Something that happens at an instant unless it is cancelled before. */
export interface Deadline extends HeapItem {
  readonly at: EpochMs
  readonly sequence: number
  readonly occasion: Occasion<unknown>
  readonly subject: unknown
}

/** A deadline as a snapshot keeps it. */
export type SavedDeadline = Pick<Deadline, 'at' | 'sequence'>

/** What a snapshot keeps of a deadline. */
export function saveDeadline(deadline: Deadline | undefined): SavedDeadline | undefined {
  return deadline === undefined ? undefined : { at: deadline.at, sequence: deadline.sequence }
}

/** Pending deadlines, ordered by time, then by when they were set. */
export class Deadlines {
  readonly #heap = new Heap<Deadline>((a, b) =>
    a.at === b.at ? a.sequence < b.sequence : a.at < b.at,
  )
  #sequence = 0

  set<Subject>(at: EpochMs, occasion: Occasion<Subject>, subject: Subject): Deadline {
    return this.restore({ at, sequence: this.#sequence + 1 }, occasion, subject)
  }

  /** Sets a saved deadline again, with its order among equals. */
  restore<Subject>(
    { at, sequence }: SavedDeadline,
    occasion: Occasion<Subject>,
    subject: Subject,
  ): Deadline {
    const deadline: Deadline = { at, sequence, occasion, subject, heapIndex: -1 }
    this.#sequence = Math.max(this.#sequence, sequence)
    this.#heap.push(deadline)
    return deadline
  }

  /** Does nothing for `undefined`, or a deadline that was reached or cancelled before. */
  cancel(deadline: Deadline | undefined): void {
    if (deadline !== undefined) {
      this.#heap.remove(deadline)
    }
  }

  nextAt(): EpochMs | undefined {
    return this.#heap.peek()?.at
  }

  /** Reaches all deadlines up to `now`, including those set on the way. */
  reachUntil(now: EpochMs): void {
    const first = this.#heap.peek()
    if (first === undefined || first.at > now) {
      return
    }
    this.#heap.visitFirst(({ at }) => at <= now, prepare)
    for (let next = this.#heap.peek(); next !== undefined && next.at <= now; ) {
      this.#heap.remove(next)
      next.occasion.reach(next.subject)
      next = this.#heap.peek()
    }
  }
}

function prepare({ occasion, subject }: Deadline): void {
  occasion.prepare?.(subject)
}
