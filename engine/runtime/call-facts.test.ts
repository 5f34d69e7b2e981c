import fc from 'fast-check'
import t from 'tap'
import type { AgentId, SkillId } from '../catalogue/ids.ts'
import type { Requirement } from '../catalogue/needs.ts'
import { parseRequirement, readCallFacts, writeCallFacts } from './call-facts.ts'

const skill = (name: string, minLevel: number) => ({ skill: name as SkillId, minLevel })
const channel = {
  tenant: 'acme',
  queue: undefined,
  dialledNumber: '1',
  callerNumber: '2',
  callerName: '3',
  enqueuedAt: undefined,
  priority: undefined,
  wayOutTask: undefined,
}

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

t.test('what is no requirement is none, whatever it is', async (t) => {
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

t.test('a call says whom it prefers and for how long it waits for them', async (t) => {
  const agentIds = ['ann', 'bob'] as AgentId[]
  const preferred = (holds?: string) =>
    readCallFacts({ ...channel, prefers: 'ann, bob', holds }, 20_000).preferred
  t.strictSame(preferred(), { agentIds, hold: 20_000 })
  t.strictSame(preferred('5'), { agentIds, hold: 5_000 })
  t.strictSame(preferred('staffed'), { agentIds, hold: 'whileStaffed' })
  t.strictSame(readCallFacts(channel, 0), {
    requires: undefined,
    preferred: undefined,
    malformed: [],
  })
})

t.test('variables that cannot be read are named, and the call is taken without them', async (t) => {
  const bad = { requires: '???', prefers: 'ann bob', holds: '-1' }
  t.strictSame(readCallFacts({ ...channel, ...bad }, 0), {
    requires: undefined,
    preferred: undefined,
    malformed: ['acd_prefer', 'acd_hold', 'acd_require'],
  })
  const long = 'a'.repeat(2_001)
  t.strictSame(readCallFacts({ ...channel, prefers: long }, 0).malformed, ['acd_prefer'])
})

t.test('what is written on a channel is read from it again', async (t) => {
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
        const preferred = { agentIds: ids as AgentId[], hold: h }
        const written = writeCallFacts({ requires, preferred })
        const read = readCallFacts(
          {
            ...channel,
            requires: written['acd_require'],
            prefers: written['acd_prefer'],
            holds: written['acd_hold'],
          },
          1,
        )
        t.same(read, { requires, preferred, malformed: [] })
      },
    ),
    { numRuns: 100 },
  )
})
