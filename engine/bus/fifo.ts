/** A first-in, first-out queue with O(1) ends. */
export interface Fifo<T> {
  push(item: T): void
  /** Removes and returns the oldest. */
  shift(): T | undefined
  readonly first: T | undefined
  readonly length: number
}

/** How many removed entries may be at the front before the array is compacted. */
const compactAfter = 1024

/** Creates an empty queue. `Array.shift` moves every entry of a long array. */
export function createFifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = []
  let head = 0
  return {
    push(item: T) {
      items.push(item)
    },
    shift(): T | undefined {
      const item = items[head]
      if (head < items.length) {
        items[head] = undefined
        head += 1
      }
      if (head >= compactAfter && head * 2 >= items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    get first(): T | undefined {
      return items[head]
    },
    get length(): number {
      return items.length - head
    },
  }
}
