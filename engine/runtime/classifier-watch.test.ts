import t from 'tap'
import { ClassifierWatch } from './classifier-watch.ts'

/** One who has answered: each of these after so long, at that instant. */
function heard(withinMs: number, ...words: readonly (readonly [afterMs: number, at: number])[]) {
  const watch = new ClassifierWatch()
  for (const [afterMs, at] of words) {
    watch.recordAnswer(afterMs, withinMs, at)
  }
  return watch
}

t.test(
  'a call waits twice as long as the longest answer took, from 20 ms to the limit',
  async (t) => {
    for (const [afterMs, waitMs] of [
      [0, 20],
      [10, 20],
      [11, 22],
      [40, 80],
      [75, 150],
      [150, 150],
    ] as const) {
      t.equal(heard(150, [afterMs, 0]).holdUntil(1_000, 150), 1_000 + waitMs)
    }
    t.equal(heard(150, [10, 0]).holdUntil(1_000, 0), undefined)
  },
)

t.test('a long answer is forgotten by half a percent with each shorter one', async (t) => {
  t.equal(heard(1_000, [200, 0], [1, 10]).holdUntil(0, 1_000), 398)
  t.equal(heard(1_000, [200, 0], [1, 10], [1, 20]).holdUntil(0, 1_000), 397)
})

t.test('the wait doubles within a minute at the most', async (t) => {
  t.equal(heard(1_000, [40, 0], [75, 60_000]).holdUntil(0, 1_000), 150)
  t.equal(heard(1_000, [40, 0], [500, 60_000]).holdUntil(0, 1_000), 160)
  t.equal(heard(1_000, [40, 0], [500, 30_000]).holdUntil(0, 1_000), 114)
})

t.test('one given up is waited for again after 300 ms without a late answer', async (t) => {
  const watch = heard(150, [5, 0])
  const isWaitedFor = () => watch.holdUntil(0, 150) !== undefined
  watch.recordMiss(1_000)
  watch.recordMiss(1_000)
  t.ok(isWaitedFor())
  watch.recordMiss(1_000)
  t.notOk(isWaitedFor())
  watch.recordAnswer(5, 150, 1_299)
  t.notOk(isWaitedFor())
  watch.recordAnswer(21, 150, 1_299)
  watch.recordAnswer(5, 150, 1_598)
  t.notOk(isWaitedFor())
  watch.recordAnswer(5, 150, 1_599)
  t.ok(isWaitedFor())
})
