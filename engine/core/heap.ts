/** What a {@link Heap} needs of its items: a field to keep their index in. */
export interface HeapItem {
  /** Owned by the heap that holds the item; -1 while it is in none. */
  heapIndex: number
}

/** An item to look at next, with its index in the heap that is being searched. */
interface Visit<T> extends HeapItem {
  readonly item: T
  readonly index: number
}

/**
 * A binary heap that can also remove items from its middle. Each operation is O(log n) and
 * allocates nothing. An item is in one heap at most.
 */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = []
  readonly #isBefore: (a: T, b: T) => boolean

  /** `isBefore` must be a strict total order that does not change while items are inside. */
  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#items.length
  }

  /** The first item. It stays in the heap. */
  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#items.push(item)
    this.#rise(item, this.#items.length - 1)
  }

  /** Removes `item`; does nothing if it is not in the heap. */
  remove(item: T): void {
    const index = item.heapIndex
    if (index < 0) {
      return
    }
    item.heapIndex = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) {
      return
    }
    const parent = this.#items[(index - 1) >> 1]
    if (index > 0 && parent !== undefined && this.#isBefore(last, parent)) {
      this.#rise(last, index)
    } else {
      this.#sink(last, index)
    }
  }

  /**
   * The first item that `accepts` accepts. It stays in the heap. k refused items before it cost
   * O(k log k), so this is for predicates that rarely refuse.
   */
  firstWhere(accepts: (item: T) => boolean): T | undefined {
    const first = this.#items[0]
    if (first === undefined || accepts(first)) {
      return first
    }
    for (const item of this.inOrder()) {
      if (accepts(item)) {
        return item
      }
    }
    return undefined
  }

  /**
   * The items in order; they stay in the heap. The first k cost O(k log k). The heap must not
   * change meanwhile.
   */
  inOrder(): Iterable<T> {
    return this.#items.length < 2 ? this.#items : this.#search()
  }

  *#search(): Generator<T, void> {
    const frontier = new Heap<Visit<T>>((a, b) => this.#isBefore(a.item, b.item))
    const [first] = this.#items
    if (first !== undefined) {
      frontier.push({ item: first, index: 0, heapIndex: -1 })
    }
    for (let next = frontier.peek(); next !== undefined; next = frontier.peek()) {
      yield next.item
      frontier.remove(next)
      this.#visitBelow(next.index, frontier)
    }
  }

  /**
   * Visits the items that `accepts` accepts, in no order. If it refuses an item, it must refuse all
   * items that come after that one. O(visited).
   */
  visitFirst(accepts: (item: T) => boolean, visit: (item: T) => void, index = 0): void {
    const item = this.#items[index]
    if (item !== undefined && accepts(item)) {
      visit(item)
      this.visitFirst(accepts, visit, 2 * index + 1)
      this.visitFirst(accepts, visit, 2 * index + 2)
    }
  }

  #visitBelow(index: number, frontier: Heap<Visit<T>>): void {
    for (const childIndex of [2 * index + 1, 2 * index + 2]) {
      const item = this.#items[childIndex]
      if (item !== undefined) {
        frontier.push({ item, index: childIndex, heapIndex: -1 })
      }
    }
  }

  #rise(item: T, from: number): void {
    let index = from
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#items[parentIndex]
      if (parent === undefined || !this.#isBefore(item, parent)) {
        break
      }
      this.#place(parent, index)
      index = parentIndex
    }
    this.#place(item, index)
  }

  #sink(item: T, from: number): void {
    let index = from
    for (;;) {
      let childIndex = 2 * index + 1
      let child = this.#items[childIndex]
      const right = this.#items[childIndex + 1]
      if (child === undefined) {
        break
      }
      if (right !== undefined && this.#isBefore(right, child)) {
        childIndex += 1
        child = right
      }
      if (!this.#isBefore(child, item)) {
        break
      }
      this.#place(child, index)
      index = childIndex
    }
    this.#place(item, index)
  }

  #place(item: T, index: number): void {
    this.#items[index] = item
    item.heapIndex = index
  }
}
