import fc from 'fast-check'
import t from 'tap'
import { drawFor } from './draw.ts'
import { estimateSurvival } from './survival.ts'

// Remissions in weeks under 6-MP, the textbook example: E. J. Freireich et al., Blood 21 (1963).
const ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
const cutOff = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
const remissions = [
  ...ended.map((ms) => ({ ms, hasEnded: true })),
  ...cutOff.map((ms) => ({ ms, hasEnded: false })),
]

t.test('durations are drawn by the Kaplan-Meier estimate', (t) => {
  const survival = estimateSurvival(remissions)
  // Published: S(6) .857, S(7) .807, S(10) .753, S(13) .690, S(16) .627, S(22) .538, S(23) .448.
  const drawn = [0.858, 0.856, 0.808, 0.806, 0.754, 0.752, 0.63, 0.626, 0.54, 0.537, 0.449]
  t.strictSame(
    drawn.map((chance) => survival?.draw(chance, 0)),
    [6, 7, 7, 10, 10, 13, 16, 22, 22, 23, 23],
  )
  t.equal(survival?.draw(0.999, 10), 13, 'the next end after ten')
  t.equal(survival?.draw(0.627 / 0.753 - 0.001, 10), 22)
  t.end()
})

t.test('beyond the last end, an exponential tail continues the estimate', (t) => {
  const survival = estimateSurvival(remissions)
  const rate = -Math.log(0.4482) / 35
  for (const chance of [0.4, 0.2, 0.01]) {
    const wanted = -Math.log(chance) / rate
    t.ok(Math.abs((survival?.draw(chance, 0) ?? 0) - wanted) <= 1.1, `${chance}`)
  }
  t.ok(Math.abs((survival?.draw(0.5, 100) ?? 0) - (100 + Math.log(2) / rate)) <= 1.1)
  t.equal(estimateSurvival([{ ms: 5, hasEnded: false }]), undefined, 'no complete observation')
  t.ok((estimateSurvival([{ ms: 5, hasEnded: true }])?.draw(0.5, 9) ?? 0) > 9)
  t.end()
})

t.test('a drawn duration exceeds its lower bound, and a smaller chance gives a longer one', (t) => {
  const observed = fc.array(fc.record({ ms: fc.nat(1_000), hasEnded: fc.boolean() }), {
    minLength: 1,
  })
  const chance = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  fc.assert(
    fc.property(observed, chance, chance, fc.nat(1_500), (spans, one, other, afterMs) => {
      const survival = estimateSurvival(spans)
      if (survival === undefined) {
        return spans.every(({ hasEnded }) => !hasEnded)
      }
      const long = survival.draw(Math.min(one, other), afterMs)
      const short = survival.draw(Math.max(one, other), afterMs)
      return Number.isInteger(short) && short > afterMs && long >= short
    }),
  )
  t.end()
})

t.test('draws are uniform, equal for the same purpose and different for others', (t) => {
  const draws = Array.from({ length: 20_000 }, (_, index) => drawFor(1, `call-${index}`, 'talk'))
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
  t.ok(Math.abs(mean - 0.5) < 0.01)
  t.ok(draws.every((value) => value > 0 && value < 1))
  const [first] = draws
  t.equal(drawFor(1, 'call-0', 'talk'), first)
  t.notSame([drawFor(2, 'call-0', 'talk'), drawFor(1, 'call-0', 'patience')], [first, first])
  t.notSame(drawFor(1, 'a', 'bc'), drawFor(1, 'ab', 'c'))
  t.end()
})
