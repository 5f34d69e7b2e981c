import fc from 'fast-check'
import t from 'tap'
import type { AgentId, SkillId } from '../catalogue/ids.ts'
import type { Requirement } from '../catalogue/needs.ts'
import {
  parseAgents,
  parseHold,
  parseRequirement,
  writeAgents,
  writeHold,
  writeRequirement,
} from './need-text.ts'

const skill = (name: string, minLevel: number) => ({ skill: name as SkillId, minLevel })
t.test('a requirement has alternatives, and steps that relax it', async (t) => {
  t.strictSame(parseRequirement('english:3,sales:2|german:4'), [
    { afterMs: 0, anyOf: [[skill('english', 3), skill('sales', 2)], [skill('german', 4)]] },
  ])
  t.strictSame(parseRequirement('english:5; 30=english ;60='), [
    { afterMs: 0, anyOf: [[skill('english', 5)]] },
    { afterMs: 30_000, anyOf: [[skill('english', 1)]] },
    { afterMs: 60_000, anyOf: [[]] },
  ])
  t.strictSame(parseRequirement(''), [{ afterMs: 0, anyOf: [[]] }])
})

t.test('a text that is not a requirement is refused', async (t) => {
  for (const text of [
    'english:6',
    'english:0',
    'english:x',
    'a b',
    'english:3:3',
    '30=english:3',
    'a;60=b;30=c',
    'a;30=b;30=c',
    'a,,b',
    ',',
    'a;0=b',
    Array(21).fill('a').join(','),
    Array(21).fill('a').join('|'),
  ]) {
    t.equal(parseRequirement(text), undefined, text)
  }
})

t.test('a call can name preferred agents and how long it waits for them', async (t) => {
  t.strictSame(parseAgents(' ann, bob'), ['ann', 'bob'])
  t.strictSame([parseHold('5 '), parseHold('staffed')], [5_000, 'whileStaffed'])
  for (const text of ['ann bob', '', 'ann,,bob', Array(51).fill('a').join(',')]) {
    t.equal(parseAgents(text), undefined, text)
  }
  for (const text of ['-1', '1.5', '1234567', 'while']) {
    t.equal(parseHold(text), undefined, text)
  }
})

t.test('a text that is too long is refused', async (t) => {
  const long = 'a'.repeat(2_001)
  t.strictSame(
    [parseRequirement(long), parseAgents(long), parseHold(long)],
    Array(3).fill(undefined),
  )
  t.equal(parseRequirement(`a${' '.repeat(2_000)}`), undefined)
})

t.test('what is written on a channel is read back unchanged', async (t) => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,9}$/)
  const alternative = fc.array(
    fc.record({
      skill: name.map((each) => each as SkillId),
      minLevel: fc.integer({ min: 1, max: 5 }),
    }),
    { maxLength: 3 },
  )
  const requirement: fc.Arbitrary<Requirement> = fc
    .array(fc.array(alternative, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((steps) => steps.map((anyOf, index) => ({ afterMs: index * 7_000, anyOf })))
  const hold = fc.oneof(fc.constant('whileStaffed' as const), fc.constant(9_000))
  fc.assert(
    fc.property(
      requirement,
      fc.array(name, { minLength: 1, maxLength: 3 }),
      hold,
      (requires, ids, h) => {
        t.same(parseRequirement(writeRequirement(requires)), requires)
        t.same(parseAgents(writeAgents(ids as AgentId[])), ids)
        t.same(parseHold(writeHold(h)), h)
      },
    ),
    { numRuns: 100 },
  )
})
