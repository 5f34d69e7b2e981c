import fc from 'fast-check'
import t from 'tap'
import { createRandom } from './random.ts'
import { json, plain, toBytes } from './wire-text.ts'

t.test('a seed always gives the same sequence: recorded days depend on it', async (t) => {
  const random = createRandom(42)
  t.strictSame(
    Array.from({ length: 4 }, () => random.next() * 2 ** 32),
    [2837322924, 544945897, 479756282, 3500138142],
  )
})

t.test('draws have the documented distributions', async (t) => {
  const random = createRandom(9)
  const draws = Array.from({ length: 20_000 }, () => random.next())
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  t.ok(draws.every((draw) => draw >= 0 && draw < 1))
  t.ok(Math.abs(mean(draws) - 0.5) < 0.01)
  t.ok(Math.abs(mean(draws.map(() => random.exponential(100))) - 100) < 3)
  t.ok(Math.abs(mean(draws.map(() => Number(random.chance(0.25)))) - 0.25) < 0.01)
  t.ok(draws.every(() => Math.abs(random.between(5, 7) - 6) <= 1))
  t.match(random.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('each fork has its own sequence', async (t) => {
  const random = createRandom(1)
  const [one, other] = [random.fork(), random.fork()]
  t.not(one.next(), other.next())
})

t.test('all bytes survive both formats', async () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toBytes(bytes)
      const fromJson = JSON.parse(`{"x":"${json.encode(text)}"}`).x
      const encoded = plain.encode(text.replaceAll('%', ' '))
      const fromPlain = encoded.replace(/%(..)/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
      return fromJson === text && fromPlain === text.replaceAll('%', ' ') && !/[^ -~]/.test(encoded)
    }),
  )
})

t.test('text that looks encoded is not encoded again', async (t) => {
  t.equal(plain.encode('%D0%9F%zz 5%'), '%D0%9F%25zz%205%25')
})
