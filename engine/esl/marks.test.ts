import fc from 'fast-check'
import t from 'tap'
import { commandSchemas } from '../catalogue/commands/commands.ts'
import { readCommandNeeds } from '../catalogue/commands/needs.ts'
import { needLimits } from '../catalogue/limits.ts'
import type { CallChange } from '../catalogue/needs.ts'
import { ids } from '../rigs/ids.ts'
import { type MarkChange, markNeeds } from '../switch/marks.ts'
import { readCallerChannel } from './caller-channel.ts'
import { encodeMarkCall } from './encode-marks.ts'
import { encodeMarks } from './marks.ts'

const { input } = commandSchemas['call.classify']

/** What the command's needs are read as, or undefined when it is refused. */
function accept(needs: object): CallChange | undefined {
  const parsed = input.safeParse({ callId: 'c', ...needs })
  if (!parsed.success) {
    return undefined
  }
  const { callId: _callId, ...brought } = parsed.data
  return readCommandNeeds(brought)
}

/** Writes needs on a channel, and reads them from it. */
function throughChannel({ priority, enqueuedAt, ...needs }: CallChange) {
  const marks: MarkChange = {
    ...{ tenant: 'acme', ...markNeeds(needs) },
    ...(priority !== undefined && { priority }),
    ...(enqueuedAt !== undefined && { enqueuedAt }),
  }
  const headers = new Map<string, string>()
  encodeMarks(marks, (variable, value) => headers.set(`variable_${variable}`, value))
  const bad: string[] = []
  const read = readCallerChannel(headers, (header) => bad.push(header))
  const { preferredAgents: agentIds, preferredHold: hold } = read ?? {}
  return {
    change: {
      ...(read?.priority !== undefined && { priority: read.priority }),
      ...(read?.requires !== undefined && { requires: read.requires }),
      ...(agentIds !== undefined && { preferred: { agentIds, hold } }),
      ...(read?.enqueuedAt !== undefined && { enqueuedAt: read.enqueuedAt }),
    },
    unreadable: [...bad, ...(read?.unreadable ?? [])],
    isSendable: encodeMarkCall({ type: 'markCall', callId: ids.call('c'), marks }).ok,
  }
}

/** So many different names with so many characters between them, each of 1 to 64. */
function names(count: number, characters: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const length = Math.floor(characters / count) + (index < characters % count ? 1 : 0)
    return `${index}`.padEnd(Math.min(64, length), 'x-_Z')
  })
}

/** Few, or about as many as the limit. */
const near = (limit: number) =>
  fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: limit - 1, max: limit + 1 }))
/** Short, or about as long as the limit when written out. */
const characters = fc.oneof(
  fc.integer({ min: 20, max: 400 }),
  fc.integer({ min: needLimits.characters - 150, max: needLimits.characters + 20 }),
)
const span = fc.oneof(
  fc.integer({ min: 0, max: 90_000 }),
  fc.integer({ min: needLimits.spanMs - 90_000, max: needLimits.spanMs }),
)
const second = (ms: number) => Math.ceil(ms / 1_000)
const level = fc.integer({ min: 1, max: 5 })

/** Steps of alternatives, some of which suit anyone; they come to about so many characters. */
const requires = fc
  .record({
    steps: near(needLimits.steps),
    alternatives: near(needLimits.alternatives),
    forAnyone: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: needLimits.alternatives })),
    skills: near(needLimits.skills),
    size: characters,
  })
  .chain(({ steps, alternatives, forAnyone, skills, size }) => {
    const named = Math.max(0, alternatives - forAnyone)
    const bare = steps * ('60='.length + 2 * alternatives + named * skills * ':5'.length)
    const count = steps * named * skills
    const all = names(count, Math.max(count, size - bare))
    return fc.record({
      levels: fc.array(level, { minLength: skills, maxLength: skills }),
      later: fc.uniqueArray(span, {
        ...{ minLength: steps - 1, maxLength: steps - 1, selector: second },
      }),
      shape: fc.constant({ all, alternatives, named, skills }),
    })
  })
  .map(({ levels, later, shape: { all, alternatives, named, skills } }) =>
    [0, ...later.toSorted((a, b) => a - b)].map((afterMs, step) => ({
      afterMs,
      anyOf: Array.from({ length: alternatives }, (_, alternative) => {
        const from = (step * named + alternative) * skills
        return alternative >= named
          ? {}
          : Object.fromEntries(levels.map((each, index) => [all[from + index], each]))
      }),
    })),
  )
const preferred = fc
  .record({
    agents: fc.tuple(near(needLimits.agents), characters),
    holdMs: fc.option(span, { nil: undefined }),
    isWhileStaffed: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map(({ agents: [count, size], ...hold }) => ({
    agents: names(count, Math.max(count, size - count + 1)),
    ...hold,
  }))
const absent = { nil: undefined } as const
const limit = (max: number, min: number) =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, max + 1))
const needs = fc.record({
  requires: fc.option(requires, absent),
  preferred: fc.option(preferred, absent),
  priority: fc.option(limit(needLimits.priority, -needLimits.priority), absent),
  enqueuedAt: fc.option(limit(needLimits.instant, 0), absent),
})

t.test('what a command may say of a call is read from its channel again', async (t) => {
  let accepted = 0
  fc.assert(
    fc.property(needs, (brought) => {
      const change = accept(brought)
      if (change !== undefined) {
        accepted += 1
        t.strictSame(throughChannel(change), { change, unreadable: [], isSendable: true })
      }
    }),
    { numRuns: 2_000 },
  )
  t.ok(accepted > 300, `${accepted} of 2,000 were accepted`)
})

t.test('each part of what is just accepted is read from the channel again', async (t) => {
  const { agents, alternatives, characters: max, skills, spanMs, steps } = needLimits
  const skillsOf = (count: number, size: number) =>
    Object.fromEntries(names(count, size).map((name) => [name, 5]))
  const step = (anyOf: readonly object[], afterMs = 0) => ({ afterMs, anyOf })
  const whole = (count: number) => ({ agents: names(count, max - count + 1) })
  const parts: readonly (readonly [object, object])[] = [
    [{ preferred: whole(agents) }, { preferred: whole(agents + 1) }],
    [{ preferred: whole(40) }, { preferred: { agents: names(40, max - 38) } }],
    [
      { requires: [step([skillsOf(skills, 60)])] },
      { requires: [step([skillsOf(skills + 1, 60)])] },
    ],
    [
      { requires: [step(Array(alternatives).fill({ a: 1 }))] },
      { requires: [step(Array(alternatives + 1).fill({ a: 1 }))] },
    ],
    [
      { requires: Array.from({ length: steps }, (_, i) => step([{ a: 1 }], i * 1_000)) },
      { requires: Array.from({ length: steps + 1 }, (_, i) => step([{ a: 1 }], i * 1_000)) },
    ],
    [
      { requires: [step([{}]), step([{}], spanMs)] },
      { requires: [step([{}]), step([{}], spanMs + 1)] },
    ],
    [
      { requires: [step([{}]), step([{}], 999), step([{}], 1_001)] },
      { requires: [step([{}]), step([{}], 1), step([{}], 999)] },
    ],
  ]
  for (const [most, more] of parts) {
    const change = accept(most)
    t.strictSame(change && throughChannel(change), { change, unreadable: [], isSendable: true })
    t.equal(accept(more), undefined)
  }
})
