import t from 'tap'
import { ClassifierWatch } from './classifier-watch.ts'

/** A watch that has recorded these classifications: each with its duration and instant. */
function watchWith(
  withinMs: number,
  ...answers: readonly (readonly [afterMs: number, at: number])[]
) {
  const watch = new ClassifierWatch()
  for (const [afterMs, at] of answers) {
    watch.recordAnswer(afterMs, withinMs, at)
  }
  return watch
}

t.test(
  'a call is held back for twice the longest classification, at least 20 ms and at most the limit',
  async (t) => {
    for (const [afterMs, waitMs] of [
      [0, 20],
      [10, 20],
      [11, 22],
      [40, 80],
      [75, 150],
      [150, 150],
    ] as const) {
      t.equal(watchWith(150, [afterMs, 0]).holdUntil(1_000, 150), 1_000 + waitMs)
    }
    t.equal(watchWith(150, [10, 0]).holdUntil(1_000, 0), undefined)
  },
)

t.test('the longest time decays by half a percent with each shorter classification', async (t) => {
  t.equal(watchWith(1_000, [200, 0], [1, 10]).holdUntil(0, 1_000), 398)
  t.equal(watchWith(1_000, [200, 0], [1, 10], [1, 20]).holdUntil(0, 1_000), 397)
})

t.test('the hold can at most double within a minute', async (t) => {
  t.equal(watchWith(1_000, [40, 0], [75, 60_000]).holdUntil(0, 1_000), 150)
  t.equal(watchWith(1_000, [40, 0], [500, 60_000]).holdUntil(0, 1_000), 160)
  t.equal(watchWith(1_000, [40, 0], [500, 30_000]).holdUntil(0, 1_000), 114)
})

t.test(
  'after three misses, calls are held back again after 300 ms without a late classification',
  async (t) => {
    const watch = watchWith(150, [5, 0])
    const holdsCalls = () => watch.holdUntil(0, 150) !== undefined
    watch.recordMiss(1_000)
    watch.recordMiss(1_000)
    t.ok(holdsCalls())
    watch.recordMiss(1_000)
    t.notOk(holdsCalls())
    watch.recordAnswer(5, 150, 1_299)
    t.notOk(holdsCalls())
    watch.recordAnswer(21, 150, 1_299)
    watch.recordAnswer(5, 150, 1_598)
    t.notOk(holdsCalls())
    watch.recordAnswer(5, 150, 1_599)
    t.ok(holdsCalls())
  },
)
