import type { EpochMs } from '../catalogue/ids.ts'

interface Entry {
  readonly at: EpochMs
  /** Of entries at one instant, the first noted comes first. */
  readonly order: number
  readonly run: () => void
}

/** What is still to happen in a simulated day, in the order of time: a binary heap, O(log n) each. */
export class Agenda {
  readonly #entries: Entry[] = []
  #order = 0

  /** When the next entry is due. */
  nextAt(): EpochMs | undefined {
    return this.#entries[0]?.at
  }

  note(at: EpochMs, run: () => void): void {
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

  /** Takes the next entry out. */
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
