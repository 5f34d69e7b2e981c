import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Heap, type HeapItem } from './heap.ts'

interface Numbered extends HeapItem {
  readonly value: number
  readonly id: number
}

const isBefore = (a: Numbered, b: Numbered) =>
  a.value === b.value ? a.id < b.id : a.value < b.value

t.test('a heap behaves as a sorted list from which any item can be removed', async () => {
  const step = fc.record({
    isPush: fc.integer({ min: 0, max: 3 }).map((die) => die > 0),
    value: fc.nat(99),
    divisor: fc.integer({ min: 1, max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const heap = new Heap<Numbered>(isBefore)
      let sorted: Numbered[] = []
      for (const [id, { isPush, value, divisor }] of steps.entries()) {
        if (isPush) {
          const item = { value, id, heapIndex: -1 }
          heap.push(item)
          sorted = [...sorted, item].sort((a, b) => (isBefore(a, b) ? -1 : 1))
        } else {
          const item = sorted[value % Math.max(1, sorted.length)]
          if (item !== undefined) {
            heap.remove(item)
            assert.equal(item.heapIndex, -1)
            heap.remove(item)
            sorted = sorted.filter((other) => other !== item)
          }
        }
        const accepts = (item: Numbered) => item.id % divisor === 0
        assert.equal(heap.size, sorted.length)
        assert.equal(heap.peek(), sorted[0])
        assert.equal(heap.firstWhere(accepts), sorted.find(accepts))
      }
      for (const item of sorted) {
        assert.equal(heap.peek(), item)
        heap.remove(item)
      }
      assert.equal(heap.size, 0)
    }),
    { numRuns: 300 },
  )
})
