import fc from 'fast-check'
import t from 'tap'
import { createSpread } from './spread.ts'

t.test('a quantile is within 0.8 % and half the resolution of the exact one', async (t) => {
  const resolutions = fc.constantFrom(0.01, 1, 10)
  const values = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1 })
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(resolutions, values, share, (resolution, all, part) => {
      const spread = createSpread(resolution)
      for (const value of all) {
        spread.add(value)
      }
      const rank = Math.max(1, Math.ceil(part * all.length))
      const exact = [...all].sort((a, b) => a - b)[rank - 1] ?? Number.NaN
      const found = spread.quantile(part) ?? Number.NaN
      return (
        spread.count === all.length &&
        Math.abs(found - exact) <= exact / 128 + resolution / 2 + 1e-9
      )
    }),
  )
  t.pass('for any values')
})

t.test('small whole values come back exactly; without values there is no quantile', async (t) => {
  const spread = createSpread()
  t.equal(spread.quantile(0.5), undefined)
  for (let value = 0; value <= 100; value++) {
    spread.add(value)
  }
  t.strictSame(
    [0, 0.5, 0.99, 1].map((share) => spread.quantile(share)),
    [0, 50, 99, 100],
  )
})

t.test('values out of range count as the least or the greatest', async (t) => {
  const spread = createSpread()
  spread.add(-5)
  t.equal(spread.quantile(1), 0)
  spread.add(1e15)
  const greatest = spread.quantile(1) ?? 0
  t.ok(Math.abs(greatest - 2 ** 31) < 2 ** 31 / 128)
})
