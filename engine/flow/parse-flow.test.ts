import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { readDocument } from '../yaml/document.ts'
import type { FlowAction } from './flow.ts'
import { flowSchema } from './flow-schema.ts'
import { parseFlow } from './parse-flow.ts'
import { type ActionName, stepActions } from './step-rules.ts'

const hasQueue = (queue: string) => queue === 'sales'

/** The faults of a flow, each in the form `path: message (cure)`. */
function faultsOf(json: unknown): string[] {
  const parsed = parseFlow(json, hasQueue)
  return parsed.ok
    ? []
    : parsed.faults.map(({ path, message, cure }) => `${path}: ${message} (${cure})`)
}

t.test('a flow is the same from text and from JSON, with all defaults filled in', async (t) => {
  const asJson = {
    timeLimit: '2m',
    steps: [
      { play: ['a.wav', 'b.wav'], bargeIn: true },
      { name: 'm', menu: { keys: { 1: 'end', '#': 'm' }, tries: 2, prompt: 'm.wav' } },
    ],
  }
  const asText = {
    timeLimit: '2m',
    steps: [
      { play: ['a.wav', 'b.wav'], bargeIn: 'true' },
      { name: 'm', menu: { keys: { 1: 'end', '#': 'm' }, tries: '2', prompt: 'm.wav' } },
    ],
  }
  const parsed = parseFlow(asJson, hasQueue)
  t.strictSame(parsed, parseFlow(asText, hasQueue))
  t.strictSame(parsed, {
    ok: true,
    flow: {
      language: 'en',
      timeLimitMs: 120_000,
      whenTimeLimit: undefined,
      steps: [
        {
          name: 'steps[0]',
          action: {
            type: 'say',
            prompt: new Map([['en', ['a.wav', 'b.wav']]]),
            spokenAs: undefined,
            canSkip: true,
            timeLimitMs: undefined,
            next: 1,
          },
        },
        {
          name: 'm',
          action: {
            type: 'ask',
            prompt: new Map([['en', ['m.wav']]]),
            into: undefined,
            isPublic: true,
            keys: new Map([
              ['1', undefined],
              ['#', 1],
            ]),
            minDigits: 1,
            maxDigits: 1,
            pattern: undefined,
            endKeys: '',
            canInterrupt: true,
            tries: 2,
            firstDigitMs: 5_000,
            nextDigitMs: 5_000,
            whenInvalid: undefined,
            whenSilent: undefined,
            timeLimitMs: undefined,
            next: undefined,
            otherwise: undefined,
          },
        },
      ],
    },
  })
})

t.test('the default time limit of a flow is ten minutes', async (t) => {
  t.match(parseFlow({ steps: [{ play: 'a.wav' }] }, hasQueue), { flow: { timeLimitMs: 600_000 } })
})

t.test('each action of a step becomes the action that is run', async (t) => {
  const examples: Record<ActionName, readonly [value: unknown, becomes: FlowAction['type']]> = {
    play: ['a.wav', 'say'],
    say: ['hello', 'say'],
    menu: [{ keys: { 1: 'end' } }, 'ask'],
    collect: [{ into: 'meter' }, 'ask'],
    record: [{ into: 'message', folder: '/tmp' }, 'record'],
    when: [{ variable: 'x', is: { 1: 'end' } }, 'choose'],
    language: ['de', 'speak'],
    queue: ['sales', 'leave'],
    transfer: ['9000', 'leave'],
    hangup: ['USER_BUSY', 'leave'],
    goto: ['end', 'go'],
  }
  for (const action of stepActions) {
    const [value, type] = examples[action]
    t.match(parseFlow({ steps: [{ [action]: value }] }, hasQueue), {
      flow: { steps: [{ action: { type } }] },
    })
  }
})

/** The keys of a section of the schema; empty for any other value. */
function optionsOf(schema: unknown): Readonly<Record<string, unknown>> {
  const whole = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  return whole instanceof z.ZodObject ? whole.shape : {}
}

const play = { play: 'a.wav' }
const menu = (more: object) => ({ name: 'm', menu: { keys: { 1: 'end' }, ...more } })
const actions = stepActions.join(', ')

const wrong: Record<string, readonly [flow: unknown, ...faults: string[]]> = {
  'a value that is not a flow': [
    'hello',
    ': expected a map of keys (for example greeting: { steps: [ { play: welcome.wav } ] })',
  ],
  'no steps': [{ steps: [] }, 'steps: is empty (add a step, for example { play: welcome.wav })'],
  'an unknown key': [
    { steps: [play], stpes: [] },
    'stpes: unknown key "stpes" (did you mean steps? (known: description, language, timeLimit, whenTimeLimit, steps))',
  ],
  'a step that does nothing': [
    { steps: [{ name: 'a' }] },
    `steps[0]: needs exactly one of: ${actions} (split it into steps, for example { play: welcome.wav })`,
  ],
  'a step that does two things': [
    { steps: [{ play: 'a.wav', hangup: 'USER_BUSY' }] },
    `steps[0]: needs exactly one of: ${actions} (split it into steps, for example { play: welcome.wav })`,
  ],
  'an option without effect': [
    { steps: [{ hangup: 'USER_BUSY', bargeIn: true }] },
    'steps[0].bargeIn: has no effect with hangup (remove it; it goes with play, say)',
  ],
  'a step that does not exist': [
    {
      steps: [menu({ keys: { 1: 'sale' } }), { name: 'sales', queue: 'sales' }],
      whenTimeLimit: 'bye',
    },
    'whenTimeLimit: there is no step bye (known: m, sales, end)',
    'steps[0].menu.keys.1: there is no step sale (did you mean sales? (known: m, sales, end))',
    'steps[1]: no step leads here (give it a name and lead to it from another step, or remove it)',
  ],
  'a step called end': [
    { steps: [{ name: 'end', play: 'a.wav' }] },
    'steps[0].name: "end" is not the name of a step (for example greeting)',
  ],
  'two steps with the same name': [
    {
      steps: [
        { name: 'a', play: 'a.wav' },
        { name: 'a', play: 'a.wav' },
      ],
    },
    'steps[1].name: another step also has the name a (give it a different name)',
  ],
  'a step that nothing leads to': [
    { steps: [{ goto: 'b' }, play, { name: 'b', play: 'b.wav' }] },
    'steps[1]: no step leads here (give it a name and lead to it from another step, or remove it)',
  ],
  'a loop that takes no time': [
    {
      timeLimit: '1m',
      steps: [
        { name: 'a', goto: 'b' },
        { name: 'b', goto: 'a' },
      ],
    },
    'steps[0]: is in a loop that never waits for the caller (lead out of the loop from one of its steps)',
  ],
  'a loop of announcements without a time limit': [
    { steps: [{ name: 'a', play: 'a.wav' }, { goto: 'a' }] },
    'steps[0]: is in a loop that never waits for the caller (lead out of the loop from one of its steps, ask the caller something, or give the flow a timeLimit)',
  ],
  'a prompt without the flow’s language': [
    { steps: [{ play: { de: 'a.wav' } }, menu({ whenInvalid: { fr: 'a.wav' } })] },
    'steps[0].play: has no en, the language of the flow (add it, or set the language of the flow to one that all its prompts have)',
    'steps[1].menu.whenInvalid: has no en, the language of the flow (add it, or set the language of the flow to one that all its prompts have)',
  ],
  'a key that phones do not have': [
    { steps: [menu({ keys: { 12: 'end' } })] },
    'steps[0].menu.keys.12: not a telephone key (use one of 0-9, * and #, in quotes)',
  ],
  'a source that runs a program': [
    { steps: [{ play: 'shell_stream://reboot' }] },
    'steps[0].play: is not a stream that flows may play (use a file, or one of: tone_stream, silence_stream, local_stream, http_cache, https)',
  ],
  'a stream that a variable completes': [
    { steps: [{ play: 'shell_{x}://reboot' }] },
    'steps[0].play: is not a stream that flows may play (use a file, or one of: tone_stream, silence_stream, local_stream, http_cache, https)',
  ],
  'a file name with the separator of files': [
    { steps: [{ play: ['a.wav', 'b!c.wav'] }, { play: 'say:Hello!' }] },
    'steps[0].play[1]: contains !, which separates files for the switch (rename the file)',
  ],
  'a text that the switch would expand': [
    { steps: [{ say: { en: `\${x}` } }] },
    `steps[0].say.en: contains \${, which the switch would expand (write {name} for a variable)`,
  ],
  'a source that the switch would expand': [
    { steps: [{ play: `\${system(reboot)}` }] },
    `steps[0].play: contains \${, which the switch would expand (write {name} for a variable)`,
  ],
  'a queue that does not exist': [
    { steps: [{ queue: 'support' }] },
    'steps[0].queue: there is no queue support (name a queue of the tenant)',
  ],
  'a pattern that could be slow': [
    { steps: [{ collect: { into: 'a', pattern: '(1+)+2' } }] },
    'steps[0].collect.pattern: "(1+)+2" is not a pattern of digits, classes like [1-5], {2,4}, ? and | (for example \'[1-5]\')',
  ],
  'an invalid pattern': [
    { steps: [{ collect: { into: 'a', pattern: '[5-1]' } }] },
    'steps[0].collect.pattern: "[5-1]" is not a pattern of digits, classes like [1-5], {2,4}, ? and | (for example \'[1-5]\')',
  ],
  'a transfer target that is an option': [
    { steps: [{ transfer: '-both 1' }] },
    'steps[0].transfer: "-both 1" is not a target: EXTENSION [DIALPLAN [CONTEXT]] (for example 9000 XML default)',
  ],
  'invalid end keys': [
    { steps: [{ collect: { into: 'a', endKeys: 'x' } }] },
    'steps[0].collect.endKeys: "x" is not keys of 0-9, * and #, or none (for example \'#\')',
  ],
}

for (const [what, [flow, ...faults]] of Object.entries(wrong)) {
  t.test(`${what} is reported with its path and cure`, async (t) => {
    t.strictSame(faultsOf(flow), faults)
  })
}

t.test(
  'a loop is allowed if it asks the caller, or if the flow has a time limit and the loop takes time',
  async (t) => {
    const loop = [{ name: 'a', play: 'a.wav' }, { goto: 'a' }]
    t.strictSame(faultsOf({ timeLimit: '5m', steps: loop }), [])
    t.strictSame(faultsOf({ steps: [menu({ keys: { 1: 'm' } })] }), [])
  },
)

t.test('every way out of a step makes its target reachable', async (t) => {
  t.strictSame(
    faultsOf({
      whenTimeLimit: 'late',
      steps: [
        { when: { variable: 'x', is: { 1: 'a' }, otherwise: 'b' } },
        { name: 'a', collect: { into: 'x', otherwise: 'c', endKeys: 'none' }, next: 'd' },
        { name: 'b', record: { into: 'y', folder: '/tmp/', otherwise: 'd' } },
        { name: 'c', menu: { keys: { 1: 'd' }, otherwise: 'end' } },
        { name: 'd', transfer: '9000' },
        { name: 'late', hangup: 'NORMAL_CLEARING' },
      ],
    }),
    [],
  )
})

t.test('any JSON is either refused with a reason or accepted', async () => {
  const name = fc.constantFrom('steps', 'name', 'play', 'menu', 'keys', 'when', 'goto', 'end', '1')
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, 1, true, 'a', 'end', '', 'a.wav', Number.NaN),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(name, tie('json'), { maxKeys: 3 }),
    ),
  }))
  const flow = fc.oneof(json, fc.record({ steps: fc.array(json, { maxLength: 3 }) }))
  fc.assert(
    fc.property(flow, (value) => {
      const parsed = parseFlow(value, hasQueue)
      if (!parsed.ok && parsed.faults.length === 0) throw new Error('refused without a reason')
    }),
    { numRuns: 500 },
  )
  let deep: unknown = 'a'
  for (let depth = 0; depth < 5_000; depth++) deep = [deep]
  parseFlow({ steps: deep }, hasQueue)
})

t.test('the table of steps in the README has every action and option of the schema', async (t) => {
  const readme = readFileSync('engine/flow/README.md', 'utf8')
  const [, table = ''] = /^\| step .*\n\|.*\n((?:\|.*\n)+)/m.exec(readme) ?? []
  const rows = table.trimEnd().split('\n')
  t.strictSame(rows.map((row) => /`(\w+)`/.exec(row)?.[1]).toSorted(), stepActions.toSorted())
  const { name: _name, ...options } = optionsOf(flowSchema.shape.steps.element)
  const inAction = stepActions.flatMap((action) => Object.keys(optionsOf(options[action])))
  const documented = new Set(table.match(/\w+/g))
  const missing = [...Object.keys(options), ...inAction].filter((name) => !documented.has(name))
  t.strictSame(missing, [])
})

t.test('the examples of the README are valid flows', async (t) => {
  const readme = readFileSync('engine/flow/README.md', 'utf8')
  const blocks = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml)
  t.equal(blocks.length, 2)
  for (const block of blocks) {
    for (const flow of Object.values(readDocument(block).raw)) {
      t.strictSame(faultsOf(flow), [])
    }
  }
})
