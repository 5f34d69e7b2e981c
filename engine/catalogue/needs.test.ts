import t from 'tap'
import { commandSchemas } from './commands/commands.ts'
import { readCommandNeeds } from './commands/needs.ts'
import type { AgentId, SkillId } from './ids.ts'
import { needLimits } from './limits.ts'
import { type CallChange, needsFault } from './needs.ts'

const skill = (name: string) => ({ skill: name as SkillId, minLevel: 3 })
const many = <Value>(count: number, make: (index: number) => Value) =>
  Array.from({ length: count }, (_, index) => make(index))
const agents = (count: number, length = 8) =>
  many(count, (index) => `a${index}`.padEnd(length, 'x') as AgentId)

t.test('one set of limits applies to what a call brings', async (t) => {
  const { steps, alternatives, skills, priority, instant, spanMs } = needLimits
  const step = (afterMs: number, alternative = [skill('english')]) => ({
    afterMs,
    anyOf: [alternative],
  })
  const sound: readonly CallChange[] = [
    {},
    { priority },
    { priority: -priority },
    { enqueuedAt: 0 },
    { enqueuedAt: instant },
    { requires: [step(0, [])] },
    { requires: many(steps, (index) => step(index * 1_000)) },
    { requires: [step(0), step(spanMs)] },
    { requires: [{ afterMs: 0, anyOf: many(alternatives, () => []) }] },
    {
      requires: [
        step(
          0,
          many(skills, (index) => skill(`s${index}`)),
        ),
      ],
    },
    { preferred: { agentIds: agents(50), hold: 'whileStaffed' } },
    { preferred: { agentIds: agents(1, 64), hold: spanMs } },
  ]
  for (const change of sound) {
    t.equal(needsFault(change), undefined, JSON.stringify(change).slice(0, 80))
  }
  const wrong: readonly (readonly [string, CallChange])[] = [
    ['priority', { priority: priority + 1 }],
    ['priority', { priority: 0.5 }],
    ['enqueuedAt', { enqueuedAt: -1 }],
    ['enqueuedAt', { enqueuedAt: instant + 1 }],
    ['requires', { requires: [] }],
    ['requires', { requires: [step(1_000)] }],
    ['requires', { requires: [step(0), step(0)] }],
    ['requires', { requires: [step(0), step(1_500)] }],
    ['requires', { requires: [step(0), step(spanMs + 1_000)] }],
    ['requires', { requires: many(steps + 1, (index) => step(index * 1_000)) }],
    ['requires', { requires: [{ afterMs: 0, anyOf: [] }] }],
    ['requires', { requires: [{ afterMs: 0, anyOf: many(alternatives + 1, () => []) }] }],
    [
      'requires',
      {
        requires: [
          step(
            0,
            many(skills + 1, (index) => skill(`s${index}`)),
          ),
        ],
      },
    ],
    ['requires', { requires: [step(0, [skill('two words')])] }],
    ['requires', { requires: [step(0, [{ skill: 'english' as SkillId, minLevel: 6 }])] }],
    [
      'requires',
      {
        requires: [
          {
            afterMs: 0,
            anyOf: many(2, () => many(18, (index) => skill(`s${index}`.padEnd(64, 'x')))),
          },
        ],
      },
    ],
    ['preferred', { preferred: { agentIds: [], hold: 0 } }],
    ['preferred', { preferred: { agentIds: agents(51), hold: 0 } }],
    ['preferred', { preferred: { agentIds: agents(31, 64), hold: 0 } }],
    ['preferred', { preferred: { agentIds: ['a b' as AgentId], hold: 0 } }],
    ['preferred', { preferred: { agentIds: agents(1), hold: 500 } }],
    ['preferred', { preferred: { agentIds: agents(1), hold: spanMs + 1_000 } }],
  ]
  for (const [field, change] of wrong) {
    t.equal(needsFault(change)?.field, field, JSON.stringify(change).slice(0, 80))
  }
})

t.test('a command that exceeds a limit is refused, and the message names the limit', async (t) => {
  const { input } = commandSchemas['call.classify']
  const faultOf = (needs: object) =>
    input.safeParse({ callId: 'c', ...needs }).error?.issues.map(({ message }) => message)
  t.match(
    faultOf({
      requires: [{ afterMs: 0, anyOf: [Object.fromEntries(many(21, (i) => [`s${i}`, 1]))] }],
    }),
    ['give each alternative at most 20 skills'],
  )
  t.match(faultOf({ preferred: { agents: agents(31, 64) } }), [
    'the ids together are longer than 2000 characters; name fewer agents',
  ])
  t.match(
    faultOf({
      requires: [
        { afterMs: 0, anyOf: [{}] },
        { afterMs: 0, anyOf: [{}] },
      ],
    }),
    ['the first step has afterMs 0, each further one a later whole second, up to 999999 s'],
  )
  t.equal(
    faultOf({
      requires: [
        { afterMs: 0, anyOf: [{}] },
        { afterMs: 1, anyOf: [{}] },
      ],
    }),
    undefined,
  )
})

t.test('spans of a command are rounded up to the seconds that a channel keeps', async (t) => {
  t.strictSame(
    readCommandNeeds({
      requires: [{ afterMs: 1, anyOf: [{ english: 3 }] }],
      preferred: { agents: ['ann'], holdMs: 1_001 },
    }),
    {
      requires: [{ afterMs: 1_000, anyOf: [[skill('english')]] }],
      preferred: { agentIds: ['ann'], hold: 2_000 },
    },
  )
})
