import type { EpochMs } from '../catalogue/ids.ts'

interface Entry {
  readonly at: EpochMs
  /** Entries at the same instant run in the order in which they were added. */
  readonly order: number
  readonly run: () => void
}

/** The future events of a simulated day, ordered by time. A binary heap: O(log n) per operation. */
export class Agenda {
  readonly #entries: Entry[] = []
  #order = 0

  /** When the next entry is due, if there is one. */
  nextAt(): EpochMs | undefined {
    return this.#entries[0]?.at
  }

  /** Adds an entry. */
  add(at: EpochMs, run: () => void): void {
    this.#order += 1
    const entry = { at, order: this.#order, run }
    let index = this.#entries.push(entry) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#entries[parentIndex]
      if (parent === undefined || !isBefore(entry, parent)) {
        break
      }
      this.#entries[index] = parent
      index = parentIndex
    }
    this.#entries[index] = entry
  }

  /** Removes and returns the next entry. */
  take(): Entry | undefined {
    const first = this.#entries[0]
    const last = this.#entries.pop()
    if (last !== undefined && last !== first) {
      this.#sink(last)
    }
    return first
  }

  #sink(entry: Entry): void {
    let index = 0
    for (;;) {
      let childIndex = 2 * index + 1
      let child = this.#entries[childIndex]
      const right = this.#entries[childIndex + 1]
      if (child === undefined) {
        break
      }
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childIndex += 1
      }
      if (!isBefore(child, entry)) {
        break
      }
      this.#entries[index] = child
      index = childIndex
    }
    this.#entries[index] = entry
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}
