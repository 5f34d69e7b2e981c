import fc from 'fast-check'
import t from 'tap'
import { judgeNeeds } from '../../engine/plugin/index.ts'
import { classify, decidingFacts } from './classify.ts'
import { joinFacts } from './facts.ts'
import { skillOptions } from './options.ts'
import { type Alternative, joinRequirements, maxSteps, type Step } from './requirement.ts'

const rulesOf = (rules: readonly unknown[]) => skillOptions.parse({ rules }).rules
const facts = (record: Record<string, string>) => new Map(Object.entries(record))
const needs = (rules: readonly unknown[], known: Record<string, string> = {}) =>
  classify(rulesOf(rules), facts(known)).classification

t.test('a rule matches when everything in `when` is known and nothing in `unless`', async (t) => {
  const rules = rulesOf([
    { name: 'line', when: { dialled: ['0800100200', '0800300*'] } },
    { name: 'vip', when: { vip: true, choice: 1 } },
    { name: 'known', when: { language: '*' }, unless: { language: ['DE', 'at*'] } },
    { name: 'always' },
    { name: 'end', when: { end: 'yes' }, isLast: true },
    { name: 'after the end' },
  ])
  const matched = (known: Record<string, string>) => classify(rules, facts(known)).rules
  t.same(matched({}), ['always', 'after the end'])
  t.same(matched({ dialled: '0800100200' }), ['line', 'always', 'after the end'])
  t.same(matched({ dialled: '0800300999' }), ['line', 'always', 'after the end'])
  t.same(matched({ dialled: '0800100201', vip: 'TRUE' }), ['always', 'after the end'])
  t.same(matched({ vip: 'TRUE', choice: '1' }), ['vip', 'always', 'after the end'])
  t.same(matched({ language: 'en' }), ['known', 'always', 'after the end'])
  t.same(matched({ language: 'de' }), ['always', 'after the end'])
  t.same(matched({ language: 'AT-9' }), ['always', 'after the end'])
  t.same(matched({ end: 'Yes' }), ['always', 'end'])
  t.same(classify(rulesOf([{ priority: 1 }, {}]), facts({})).rules, ['rule 1', 'rule 2'])
})

t.test('matching rules are combined', async (t) => {
  t.same(
    needs([
      { requires: { sales: 2 }, priority: 10, preferred: { agents: ['ann', 'bob'], hold: '5s' } },
      { when: { vip: 'no' }, priority: 99 },
      { requires: { english: 4, sales: 1 }, priority: -3 },
      { preferred: { agents: ['bob', 'cid'], hold: '20s', isWhileStaffed: true } },
    ]),
    {
      requires: [{ afterMs: 0, anyOf: [{ sales: 2, english: 4 }] }],
      priority: 7,
      preferred: { agents: ['ann', 'bob', 'cid'], holdMs: 20_000, isWhileStaffed: true },
    },
  )
  t.same(needs([]), {})
  t.same(needs([{ name: 'gives nothing' }]), {})
})

t.test('each requirement relaxes by itself, and implied alternatives are dropped', async (t) => {
  t.same(
    needs([
      {
        requires: { english: 5 },
        relax: [
          { after: '30s', requires: [{ english: 3 }, { german: 5 }] },
          { after: '60s', requires: {} },
        ],
      },
      {
        requires: [{ sales: 1 }, { sales: 4, support: 1 }],
        relax: [{ after: '60s', requires: {} }],
      },
    ]),
    {
      requires: [
        { afterMs: 0, anyOf: [{ english: 5, sales: 1 }] },
        {
          afterMs: 30_000,
          anyOf: [
            { english: 3, sales: 1 },
            { german: 5, sales: 1 },
          ],
        },
        { afterMs: 60_000, anyOf: [{}] },
      ],
    },
  )
})

t.test('the last agent precedes those named by rules and facts', async (t) => {
  const rules = rulesOf([
    { preferred: { agents: ['ann'], from: 'owner', hold: '10s' } },
    { preferred: { from: 'nobody' } },
  ])
  const known = facts({ owner: 'bob, cid;dan  ann' })
  t.same(classify(rules, known, { agent: 'eve', hold: 15_000 }).classification, {
    preferred: { agents: ['eve', 'ann', 'bob', 'cid', 'dan'], holdMs: 15_000 },
  })
  t.same(classify([], facts({}), { agent: 'eve', isWhileStaffed: false }).classification, {
    preferred: { agents: ['eve'], isWhileStaffed: false },
  })
})

t.test(
  'a skill may be named after a fact; while that is unknown, the rule does not match',
  async (t) => {
    const rules = [{ requires: { '{language}': 3, 'line-{line}': 1 }, priority: 5 }]
    t.same(needs(rules, { language: 'en' }), {})
    t.same(needs(rules, { language: 'en', line: '7' }), {
      requires: [{ afterMs: 0, anyOf: [{ en: 3, 'line-7': 1 }] }],
      priority: 5,
    })
    t.same(needs(rules, { language: 'en', line: 'no skill' }), {})
    t.same(needs([{ requires: { '{a}': 2, x: 4 } }], { a: 'x' }), {
      requires: [{ afterMs: 0, anyOf: [{ x: 4 }] }],
    })
  },
)

t.test('the deciding facts are those used in rules', async (t) => {
  const rules = rulesOf([
    { when: { vip: 'yes' }, unless: { black: '*' }, requires: [{ '{language}': 3 }] },
    { requires: {}, relax: [{ after: '1s', requires: { '{line}': 1 } }] },
    { preferred: { from: 'owner' } },
  ])
  t.same([...decidingFacts(rules)], ['vip', 'black', 'language', 'line', 'owner'])
})

t.test('later sources override earlier ones, but never the call’s own facts', async (t) => {
  const arrival = { dialled: '1000', caller: '', origin: 'caller' } as const
  const known = joinFacts(arrival, [
    { language: 'de', region: 'south', caller: 'forged' },
    undefined,
    { language: ' en ', vip: '  ', note: 'x'.repeat(200) },
  ])
  t.same(Object.fromEntries(known), {
    language: 'en',
    region: 'south',
    note: 'x'.repeat(128),
    dialled: '1000',
    caller: 'withheld',
    origin: 'caller',
  })
  t.same(Object.fromEntries(joinFacts(undefined, [{ dialled: 'x', a: 'b' }])), { a: 'b' })
})

t.test('contradictory options are refused, naming the key', async (t) => {
  const faults = (options: unknown) =>
    skillOptions
      .safeParse(options)
      .error?.issues.map(({ path, message }) => [path.join('.'), message])
  t.same(faults({ rules: [{ relax: [{ after: '5s', requires: {} }] }] }), [
    ['rules.0.relax', 'needs `requires`, for what is required first'],
  ])
  const relax = [
    { after: '9s', requires: {} },
    { after: '5s', requires: {} },
  ]
  t.match(faults({ rules: [{ requires: {}, relax }] }), [['rules.0.relax', /in order of `after`/]])
  t.match(faults({ rules: [{ preferred: {} }] }), [['rules.0.preferred', 'needs agents or from']])
  t.match(faults({ rules: [{ name: 'a' }, { name: 'a' }] }), [
    ['rules', 'two rules have the same name'],
  ])
  t.match(faults({ prefixes: { '+4930': { a: 1 }, '004930': { a: 2 } } }), [
    ['prefixes', /the same prefix/],
  ])
  t.match(faults({ prefixes: { 49: { caller: 'x' } } }), [['prefixes', /set by the call itself/]])
  t.match(faults({ answerWithin: '1h' }), [['answerWithin', /a duration from 1ms to 5s/]])
  t.match(faults({ answerWithin: 100 }), [['answerWithin', /a duration from 1ms to 5s/]])
  for (const url of [
    'http://crm/x',
    'ftp://crm/{caller}',
    'http://u:p@crm/{caller}',
    'http://{caller}/',
    'crm/{caller}',
  ]) {
    t.match(faults({ lookup: { url } }), [['lookup.url', /http or https/]], url)
  }
  t.match(faults({ lookup: { url: 'http://crm/{caller}', token: {} } }), [
    ['lookup.token', '{ env: NAME } or { file: PATH }'],
  ])
})

const skill = fc.constantFrom('a', 'b', 'c')
const alternative = fc.dictionary(skill, fc.integer({ min: 1, max: 5 }), { maxKeys: 3 })
const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.array(alternative, { minLength: 1, maxLength: 2 }),
    fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
    fc.array(fc.array(alternative, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
  )
  .map(([first, instants, later]) => [
    { afterMs: 0, anyOf: first },
    ...instants
      .toSorted((a, b) => a - b)
      .map((afterMs, i) => ({ afterMs, anyOf: later[i] ?? [{}] })),
  ])

const suits = (levels: Alternative, requirement: readonly Step[], waitedMs: number) =>
  (requirement.findLast(({ afterMs }) => afterMs <= waitedMs)?.anyOf ?? [{}]).some((one) =>
    Object.entries(one).every(([name, level]) => (levels[name] ?? 0) >= level),
  )

t.test('at any time, who satisfies the joined requirement satisfies each, and back', async () => {
  fc.assert(
    fc.property(
      fc.array(steps, { minLength: 1, maxLength: 3 }),
      fc.dictionary(skill, fc.integer({ min: 1, max: 5 })),
      fc.integer({ min: 0, max: 7 }),
      (requirements, levels, waitedMs) => {
        const joined = joinRequirements(requirements) ?? []
        return (
          suits(levels, joined, waitedMs) ===
          requirements.every((one) => suits(levels, one, waitedMs))
        )
      },
    ),
    { numRuns: 500 },
  )
})

t.test('a joined requirement keeps the limits on steps and alternatives', async (t) => {
  const many = (seed: number): Step[] =>
    Array.from({ length: 11 }, (_, i) => ({
      afterMs: i * (seed + 1),
      anyOf: Array.from({ length: 8 }, (_, j) => ({ [`s${seed}-${i}-${j}`]: 1 })),
    }))
  const joined = joinRequirements([many(0), many(1), many(2)]) ?? []
  t.equal(joined.length, maxSteps)
  t.equal(joined.at(-1)?.afterMs, 30)
  t.ok(joined.every(({ anyOf }) => anyOf.length >= 1 && anyOf.length <= 16))
})

const long = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${letter.repeat(60)}${i}`)
const levels = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 3]))
const faultsOf = (rules: readonly unknown[]) =>
  skillOptions
    .safeParse({ rules })
    .error?.issues.map(({ path, message }) => [path.join('.'), message])

t.test('rules that exceed the limits whoever calls are refused, naming the key', async (t) => {
  const tooLong =
    'the requirement is longer than 2000 characters when written out; name fewer skills'
  const sum = (cure: string) =>
    `too much together with the rules before it that match every call: ${cure}, or add \`when\``
  const twenty = levels(long('s', 20))
  t.same(faultsOf([{ when: { a: 1 }, requires: [twenty, levels(long('t', 20))] }]), [
    ['rules.0.requires', tooLong],
  ])
  const relax = [
    { after: '900ms', requires: {} },
    { after: '1s', requires: {} },
  ]
  t.match(faultsOf([{ requires: {}, relax }]), [['rules.0.relax', /rounded up to whole seconds/]])
  t.match(faultsOf([{ preferred: { agents: ['no agent'] } }]), [
    ['rules.0.preferred.agents.0', /the id of an agent/],
  ])
  t.match(faultsOf([{ preferred: { agents: long('a', 40) } }]), [
    ['rules.0.preferred.agents', /longer than 2000 characters/],
  ])
  t.same(faultsOf([{ requires: levels(['x']) }, { when: { a: 1 } }, { requires: twenty }]), [
    ['rules.2.requires', sum('name fewer skills')],
  ])
  t.same(faultsOf([30, 30].map((n, i) => ({ preferred: { agents: long(`${i}`, n) } }))), [
    ['rules.1.preferred.agents', sum('name fewer agents')],
  ])
  t.same(faultsOf([{ requires: levels(['x']), isLast: true }, { requires: twenty }]), undefined)
})

t.test(
  'what only the matching rules of one call exceed is cut, in the order of the rules',
  async (t) => {
    const when = { vip: 'yes' }
    const [first, second] = [levels(long('a', 15)), levels(long('b', 15))]
    const agents = [long('c', 30), long('d', 30)]
    const verdict = classify(
      rulesOf([
        { name: 'first', requires: first },
        { name: 'second', when, requires: second, priority: 4 },
        { name: 'third', when, requires: { english: 3 } },
        { name: 'team', preferred: { agents: agents[0] } },
        { name: 'others', when, preferred: { agents: agents[1], from: 'owner' } },
      ]),
      facts({ vip: 'yes', owner: 'ann.smith@example' }),
    )
    t.same(verdict, {
      rules: ['first', 'second', 'third', 'team', 'others'],
      classification: {
        requires: [{ afterMs: 0, anyOf: [{ ...first, english: 3 }] }],
        priority: 4,
        preferred: { agents: [...(agents[0] ?? []), 'd'.repeat(60) + 0] },
      },
      cuts: [{ part: 'requires', rule: 'second' }, { part: 'preferred' }],
    })
  },
)

t.test('steps of two rules that begin in one second are one step', async (t) => {
  const relaxing = (after: string, skill: string) => ({
    requires: { [skill]: 5 },
    relax: [{ after, requires: { [skill]: 1 } }],
  })
  t.same(needs([relaxing('900ms', 'a'), relaxing('1s', 'b')]), {
    requires: [
      { afterMs: 0, anyOf: [{ a: 5, b: 5 }] },
      { afterMs: 1_000, anyOf: [{ a: 1, b: 1 }] },
    ],
  })
})

t.test('a requirement that would fit but for the facts is cut too', async (t) => {
  const requires = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`{word}-${i}`, 1] as const),
  )
  const rules = rulesOf([
    { requires, relax: [{ after: '5s', requires: { ...requires, '{word}-0': 5 } }] },
  ])
  t.same(classify(rules, facts({ word: 'w' })).cuts, undefined)
  t.same(classify(rules, facts({ word: 'w'.repeat(60) })), {
    rules: ['rule 1'],
    classification: {},
    cuts: [{ part: 'requires', rule: 'rule 1' }],
  })
})

const name = fc.oneof(
  fc.constantFrom('a', 'b', '{x}', '{y}-1'),
  fc.integer({ min: 0, max: 30 }).map((i) => `${'n'.repeat(58)}${i}`),
)
const greatAlternative = fc.dictionary(name, fc.integer({ min: 1, max: 5 }), { maxKeys: 21 })
const greatNeeds = fc.oneof(
  greatAlternative,
  fc.array(greatAlternative, { minLength: 1, maxLength: 8 }),
)
const greatRule = fc.record(
  {
    when: fc.constantFrom({}, { x: '*' }),
    requires: greatNeeds,
    relax: fc
      .uniqueArray(fc.integer({ min: 1, max: 12_000 }), { maxLength: 10 })
      .chain((all) =>
        fc.tuple(
          ...all
            .toSorted((a, b) => a - b)
            .map((ms) => greatNeeds.map((requires) => ({ after: `${ms}ms`, requires }))),
        ),
      ),
    priority: fc.constantFrom(-1_000_000, 1_000_000, 7),
    preferred: fc.record({
      agents: fc.uniqueArray(name, { maxLength: 50 }),
      from: fc.constantFrom('x', 'y'),
      hold: fc.constantFrom('1ms', '24h'),
    }),
  },
  { requiredKeys: [] },
)

t.test('whatever rules the options accept, the engine accepts the classification', async (t) => {
  let judged = 0
  fc.assert(
    fc.property(
      fc.array(greatRule, { maxLength: 5 }),
      fc.record({ x: fc.oneof(name, fc.string()), y: fc.string() }, { requiredKeys: [] }),
      fc.option(name, { nil: undefined }),
      (rules, known, agent) => {
        const options = skillOptions.safeParse({ rules })
        if (!options.success) {
          return true
        }
        judged += 1
        const sticky = agent === undefined ? undefined : { agent, hold: 1 }
        const { classification } = classify(options.data.rules, facts(known), sticky)
        return judgeNeeds(classification) === undefined
      },
    ),
    { numRuns: Number(process.env['SKILL_RUNS'] ?? 300) },
  )
  t.ok(judged > 0, `${judged}`)
  t.comment(`${judged} sets of rules were accepted`)
})

t.test('priorities stay within the limit, however many rules are added', async (t) => {
  const all = Array.from({ length: 500 }, () => ({ priority: 1_000_000 }))
  t.equal(judgeNeeds(needs(all)), undefined)
  t.match(faultsOf([...all, { priority: 1 }]), [['rules', /500/]])
})
