import fc from 'fast-check'
import t from 'tap'
import type { CallId, EpochMs } from '../catalogue/ids.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import type { Flow } from './flow.ts'
import type { FlowEffect, FlowEvent } from './flow-event.ts'
import { createFlowRun, type FlowRun } from './flow-run.ts'
import { parseFlow } from './parse-flow.ts'

const callId = 'call-1' as CallId
const start: EpochMs = 1_000_000
const voicemail = '/var/spool/voicemail'

function flowOf(json: unknown): Flow {
  const parsed = parseFlow(json, () => true)
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.faults))
  }
  return parsed.flow
}

/** An effect in a line. */
function line(effect: FlowEffect): string {
  switch (effect.type) {
    case 'send':
      return commandLine(effect.command)
    case 'collected':
      return `collected ${effect.name}=${effect.value}`
    case 'fault':
      return `fault ${effect.step} ${effect.problem}`
    case 'ended': {
      const { type, ...rest } = effect.outcome
      return ['ended', type, ...Object.values(rest)].join(' ')
    }
  }
}

/** A caller who has heard what is said before the recording. */
function recorded(json: unknown = mailbox) {
  const flow = running(json)
  flow.start()
  flow.played()
  flow.played()
  return flow
}

function commandLine(command: SwitchCommand): string {
  switch (command.type) {
    case 'playPrompt': {
      const { prompt } = command
      const what = prompt.type === 'files' ? prompt.files.join('+') : JSON.stringify(prompt)
      return `play ${what}${command.endKeys === '' ? '' : ` until ${command.endKeys}`}`
    }
    case 'askDigits': {
      const { prompt, maxDigits, firstDigitMs, nextDigitMs, endKeys } = command
      const what =
        prompt === undefined
          ? 'listen'
          : `ask ${prompt.type === 'files' ? prompt.files.join('+') : prompt.type}`
      return `${what} ${maxDigits} ${firstDigitMs}/${nextDigitMs} ${endKeys}`.trim()
    }
    case 'recordCaller':
      return `record ${command.path} ${command.maxMs} ${command.endKeys}`
    case 'endRecording':
      return `close ${command.path}`
    default:
      return command.type
  }
}

/** A run at work: what happens to it, and what it wishes then. */
function running(
  json: unknown,
  input: { language?: string; variables?: Record<string, string> } = {},
) {
  const run = createFlowRun({ flow: flowOf(json), callId, runId: 'r', ...input })
  let now = start
  let promptId = '' as PromptId
  let variables: Readonly<Record<string, string>> = {}
  const tell = (fact: FlowEvent): string[] => {
    const effects = run.handle(fact)
    for (const effect of effects) {
      if (effect.type === 'send' && 'promptId' in effect.command) promptId = effect.command.promptId
      if (effect.type === 'ended') variables = effect.variables
    }
    return effects.map(line)
  }
  return {
    run,
    get variables() {
      return variables
    },
    get promptId() {
      return promptId
    },
    start: () => tell({ type: 'started', at: now }),
    played: (key?: string) =>
      tell({ type: 'promptEnded', promptId, outcome: 'played', key, at: now }),
    notPlayed: (outcome: 'missing' | 'failed') =>
      tell({ type: 'promptEnded', promptId, outcome, at: now }),
    digits: (digits: string) => tell({ type: 'digitsCollected', promptId, digits, at: now }),
    fails: (reason: 'refused' | 'timeout' | 'disconnected') =>
      tell({ type: 'commandFailed', promptId, reason, at: now }),
    passes(ms: number) {
      now += ms
      return tell({ type: 'timePassed', at: now })
    },
    tell: (
      fact: Parameters<FlowRun['handle']>[0] extends infer F
        ? F extends { at: number }
          ? Omit<F, 'at'>
          : never
        : never,
    ) => tell({ ...fact, at: now } as FlowEvent),
  }
}

const hotline = {
  language: 'en',
  steps: [
    { play: { en: 'hello-en.wav', de: 'hello-de.wav' } },
    {
      name: 'main',
      menu: {
        prompt: { en: ['menu-en.wav', 'choose-en.wav'], de: 'menu-de.wav' },
        keys: { 1: 'sales', 2: 'meter', '*': 'main', 9: 'end' },
        into: 'choice',
        whenInvalid: 'wrong.wav',
        whenSilent: 'please.wav',
        otherwise: 'sales',
        tries: 2,
      },
    },
    { name: 'sales', queue: 'sales' },
    {
      name: 'meter',
      collect: { into: 'meter', prompt: 'meter.wav', min: 3, max: 6, pattern: '[0-9]{3,6}' },
    },
    { say: '{meter}', as: 'digits', bargeIn: true },
    { hangup: 'NORMAL_CLEARING' },
  ],
}

t.test('a menu leads on by its key', async (t) => {
  const flow = running(hotline)
  t.strictSame(flow.start(), ['play hello-en.wav'])
  t.strictSame(flow.played(), ['ask menu-en.wav+choose-en.wav 1 5000/5000'])
  t.strictSame(flow.digits('1'), ['collected choice=1', 'ended queue sales'])
  t.equal(flow.run.isOver, true)
  t.strictSame(flow.variables, { choice: '1' })
})

t.test('a caller hears their own language where there is one, else the flow’s', async (t) => {
  const flow = running(hotline, { language: 'de' })
  t.strictSame(flow.start(), ['play hello-de.wav'])
  t.strictSame(flow.played(), ['ask menu-de.wav 1 5000/5000'])
  t.strictSame(running(hotline, { language: 'fr' }).start(), ['play hello-en.wav'])
  const chosen = running({
    steps: [{ language: 'de' }, { play: { en: 'a.wav', de: 'b.wav' } }, { play: 'c.wav' }],
  })
  t.strictSame(chosen.start(), ['play b.wav'])
  t.strictSame(chosen.played(), ['play c.wav'])
  t.strictSame(chosen.played(), ['ended completed'])
})

t.test('a wrong key and no key are asked about again, each with its own words', async (t) => {
  const flow = running(hotline)
  flow.start()
  flow.played()
  t.strictSame(flow.digits('7'), ['play wrong.wav'])
  t.strictSame(flow.played(), ['ask menu-en.wav+choose-en.wav 1 5000/5000'])
  t.strictSame(flow.digits(''), ['ended queue sales'])
  const silent = running(hotline)
  silent.start()
  silent.played()
  t.strictSame(silent.digits(''), ['play please.wav'])
})

t.test('without a way on, no answer ends the flow unanswered', async (t) => {
  const flow = running({
    steps: [{ name: 'ask', collect: { into: 'a', prompt: 'a.wav', tries: 1 } }],
  })
  flow.start()
  t.strictSame(flow.digits(''), ['ended unanswered ask'])
})

t.test('digits are taken when as many as asked for fit, and spoken back', async (t) => {
  const flow = running(hotline)
  flow.start()
  flow.played()
  t.strictSame(flow.digits('2'), ['collected choice=2', 'ask meter.wav 6 5000/3000 #'])
  t.strictSame(flow.digits('12'), ['ask meter.wav 6 5000/3000 #'])
  t.strictSame(flow.digits('12*'), ['ask meter.wav 6 5000/3000 #'])
  t.strictSame(flow.digits('123'), [
    'collected meter=123',
    'play {"type":"value","value":"123","spokenAs":"digits","language":"en"} until 0123456789*#',
  ])
  t.strictSame(flow.played('5'), ['ended hangup NORMAL_CLEARING'])
  t.strictSame(flow.variables, { choice: '2', meter: '123' })
})

t.test('a key may lead to the end, and back to its own menu', async (t) => {
  const flow = running(hotline)
  flow.start()
  flow.played()
  t.strictSame(flow.digits('*'), [
    'collected choice=*',
    'ask menu-en.wav+choose-en.wav 1 5000/5000',
  ])
  t.strictSame(flow.digits('9'), ['collected choice=9', 'ended completed'])
})

t.test('without barge-in the prompt is said first, then keys count', async (t) => {
  const flow = running({
    steps: [{ menu: { prompt: 'law.wav', bargeIn: 'false', keys: { 1: 'end' }, timeout: '7s' } }],
  })
  t.strictSame(flow.start(), ['play law.wav'])
  t.strictSame(flow.played(), ['listen 1 7000/7000'])
})

t.test('a prompt of several kinds is said in parts; a key skips what is left', async (t) => {
  const steps = [
    {
      play: ['a.wav', 'b.wav', 'say:Hello {name}', 'phrase:position:{n}:x', 'c.wav'],
      bargeIn: true,
    },
  ]
  const flow = running({ steps }, { variables: { name: 'Ann', n: '3' } })
  t.strictSame(flow.start(), ['play a.wav+b.wav until 0123456789*#'])
  t.strictSame(flow.played(), ['play {"type":"speech","text":"Hello Ann"} until 0123456789*#'])
  t.strictSame(flow.played(), [
    'play {"type":"phrase","name":"position","argument":"3:x","language":"en"} until 0123456789*#',
  ])
  t.strictSame(flow.played('1'), ['ended completed'])
  const asked = running({
    steps: [{ menu: { prompt: ['a.wav', 'say:Press 1'], keys: { 1: 'end' } } }],
  })
  t.strictSame(asked.start(), ['play a.wav'])
  t.strictSame(asked.played(), ['ask speech 1 5000/5000'])
})

t.test(
  'a prompt that cannot be said is told and passed over; a question is still asked',
  async (t) => {
    const flow = running(hotline)
    flow.start()
    t.strictSame(flow.notPlayed('missing'), [
      'fault steps[0] promptMissing',
      'ask menu-en.wav+choose-en.wav 1 5000/5000',
    ])
    t.strictSame(flow.notPlayed('missing'), ['fault main promptMissing', 'listen 1 5000/5000'])
    t.strictSame(flow.fails('refused'), ['fault main commandFailed', 'play please.wav'])
    t.strictSame(flow.notPlayed('failed'), [
      'fault main promptFailed',
      'ask menu-en.wav+choose-en.wav 1 5000/5000',
    ])
  },
)

t.test('a variable brings no folder, stream or prefix into what is played', async (t) => {
  const steps = [{ play: ['{x}', 'digits/{n}.wav', 'say:{x}'] }]
  const x = 'shell_stream://../a!b{c}'
  const flow = running({ steps }, { variables: { x, n: '4' } })
  t.strictSame(flow.start(), ['play shell_stream..abc+digits/4.wav'])
  t.strictSame(flow.played(), [`play {"type":"speech","text":"${x}"}`])
})

t.test('text with nothing in it is not said', async (t) => {
  t.strictSame(running({ steps: [{ say: '{nobody}' }] }).start(), ['ended completed'])
  t.strictSame(running({ steps: [{ say: '{nobody}', as: 'number' }] }).start(), ['ended completed'])
})

t.test('a step goes on by what is known', async (t) => {
  const steps = [
    { when: { variable: 'score', is: { 5: 'thanks' } } },
    { play: 'sorry.wav', next: 'end' },
    { name: 'thanks', play: 'thanks.wav' },
  ]
  t.strictSame(running({ steps }, { variables: { score: '5' } }).start(), ['play thanks.wav'])
  t.strictSame(running({ steps }).start(), ['play sorry.wav'])
  const transfer = running({ steps: [{ goto: 'out' }, { name: 'out', transfer: '9000' }] })
  t.strictSame(transfer.start(), ['ended transfer 9000 XML default'])
})

const mailbox = {
  steps: [
    {
      name: 'mail',
      record: { prompt: 'leave.wav', into: 'message', folder: voicemail, otherwise: 'short' },
    },
    { play: 'thanks.wav', next: 'end' },
    { name: 'short', play: 'nothing.wav' },
  ],
}
const path = `${voicemail}/call-1-r-1.wav`

t.test('a message is recorded after the beep, and kept', async (t) => {
  const flow = running(mailbox)
  t.strictSame(flow.start(), ['play leave.wav'])
  t.strictSame(flow.played(), ['play tone_stream://%(250,50,800)'])
  t.strictSame(flow.played(), [`record ${path} 120000 #`])
  flow.passes(5_000)
  t.strictSame(flow.played('#'), [`close ${path}`, `collected message=${path}`, 'play thanks.wav'])
})

t.test('a message too short, or one that cannot be written, is none', async (t) => {
  const flow = recorded()
  flow.passes(400)
  t.strictSame(flow.played('#'), [`close ${path}`, 'play nothing.wav'])
  const unwritable = recorded()
  // The silence beside it plays all the same.
  t.strictSame(unwritable.fails('refused'), ['stopPrompt'])
  t.strictSame(unwritable.played(), ['fault mail commandFailed', 'play nothing.wav'])
})

t.test('a caller who hangs up while recorded has left a message', async (t) => {
  const flow = recorded()
  flow.passes(5_000)
  t.strictSame(flow.tell({ type: 'callerGone' }), [
    `close ${path}`,
    `collected message=${path}`,
    'ended callerGone',
  ])
  t.strictSame(flow.tell({ type: 'callerGone' }), [], 'it ends once')
})

t.test('a step that takes too long is stopped, and the next waits until it has', async (t) => {
  const steps = [{ play: 'local_stream://long', timeLimit: '5s' }, { play: 'b.wav' }]
  const flow = running({ steps })
  flow.start()
  t.equal(flow.run.nextWakeAt(), start + 5_000)
  t.strictSame(flow.passes(5_000), ['stopPrompt'])
  t.equal(flow.run.nextWakeAt(), start + 7_000)
  t.strictSame(flow.played(), ['play b.wav'])
  const deaf = running({ steps })
  deaf.start()
  deaf.passes(5_000)
  t.strictSame(deaf.passes(1_999), [])
  t.strictSame(deaf.passes(1), ['play b.wav'], 'a switch that does not say so is not waited for')
})

t.test('a question has a limit for all its tries', async (t) => {
  const flow = running({
    steps: [{ name: 'q', menu: { prompt: 'a.wav', keys: { 1: 'end' }, timeLimit: '8s' } }],
  })
  flow.start()
  flow.passes(6_000)
  t.strictSame(flow.digits(''), ['ask a.wav 1 5000/5000'])
  t.strictSame(flow.passes(2_000), ['stopPrompt'])
  t.strictSame(flow.digits('1'), ['ended unanswered q'], 'an answer after it counts no more')
})

t.test('the flow’s own limit leads to its farewell, and a second one ends it', async (t) => {
  const flow = running({
    timeLimit: '30s',
    whenTimeLimit: 'bye',
    steps: [
      { play: 'local_stream://a', next: 'end' },
      { name: 'bye', play: 'local_stream://b' },
    ],
  })
  flow.start()
  t.strictSame(flow.passes(30_000), ['stopPrompt'])
  t.strictSame(flow.played(), ['play local_stream://b'])
  t.strictSame(flow.passes(60_000), ['stopPrompt'])
  t.strictSame(flow.passes(2_000), ['ended timeLimit'])
  t.equal(flow.run.nextWakeAt(), undefined)
  const plain = running({ timeLimit: '30s', steps: [{ play: 'local_stream://a' }] })
  plain.start()
  plain.passes(30_000)
  t.strictSame(plain.played(), ['ended timeLimit'])
})

t.test('the limit of the flow interrupts a recording and keeps it', async (t) => {
  const flow = recorded({ ...mailbox, timeLimit: '30s' })
  t.strictSame(flow.passes(30_000), [`close ${path}`, `collected message=${path}`, 'stopPrompt'])
  t.strictSame(flow.played(), ['ended timeLimit'])
})

t.test('after an absence of the switch what may have gone unheard is said again', async (t) => {
  const flow = running(hotline)
  flow.start()
  const before = flow.promptId
  t.strictSame(flow.tell({ type: 'restored' }), ['stopPrompt'])
  t.strictSame(flow.tell({ type: 'restored' }), [])
  t.strictSame(flow.passes(2_000), ['play hello-en.wav'])
  t.not(flow.promptId, before)
  t.strictSame(
    flow.tell({ type: 'promptEnded', promptId: before, outcome: 'played' }),
    [],
    'the end of the first is not taken for that of the second',
  )
  const away = running(hotline)
  away.start()
  t.strictSame(away.fails('disconnected'), [], 'it waits for the switch')
  t.strictSame(away.tell({ type: 'restored' }), ['stopPrompt'])
  const leaver = recorded()
  leaver.passes(3_000)
  leaver.tell({ type: 'restored' })
  t.strictSame(leaver.tell({ type: 'callerGone' }), [
    `close ${path}`,
    `collected message=${path}`,
    'ended callerGone',
  ])
  const recording = recorded()
  recording.passes(3_000)
  recording.tell({ type: 'restored' })
  t.strictSame(recording.passes(2_000), [
    `close ${path}`,
    `collected message=${path}`,
    'play thanks.wav',
  ])
})

t.test('a command without an answer is stopped, for it may be under way', async (t) => {
  const flow = running(hotline)
  flow.start()
  t.strictSame(flow.fails('timeout'), ['stopPrompt'])
  t.strictSame(flow.fails('timeout'), [])
  t.strictSame(flow.played(), [
    'fault steps[0] commandFailed',
    'ask menu-en.wav+choose-en.wav 1 5000/5000',
  ])
})

t.test('prompts that are all missing do not keep a flow in its circle', async (t) => {
  const flow = running({
    timeLimit: '1h',
    steps: [{ name: 'a', play: 'a.wav' }, { goto: 'a' }],
  })
  flow.start()
  let last: string[] = []
  for (let count = 0; !flow.run.isOver; count++) {
    t.ok(count < 2_000)
    last = flow.notPlayed('missing')
  }
  t.strictSame(last.at(-1)?.split(' ').slice(0, 2), ['ended', 'failed'])
})

t.test('nothing happens before the start, and a run starts once', async (t) => {
  const flow = running(hotline)
  t.strictSame(flow.passes(1_000), [])
  t.equal(flow.run.nextWakeAt(), undefined)
  t.equal(flow.run.step, undefined)
  flow.start()
  t.equal(flow.run.step, 'steps[0]')
  t.strictSame(flow.start(), [])
})

// Whatever happens

const happening = fc.oneof(
  fc.record({ what: fc.constant('played' as const), key: fc.constantFrom(undefined, '1', '#') }),
  fc.record({ what: fc.constant('digits' as const), digits: fc.stringMatching(/^[0-9*#]{0,8}$/) }),
  fc.record({ what: fc.constantFrom('missing' as const, 'failed' as const) }),
  fc.record({
    what: fc.constantFrom('refused' as const, 'timeout' as const, 'disconnected' as const),
  }),
  fc.record({ what: fc.constant('stale' as const) }),
  fc.record({ what: fc.constant('restored' as const) }),
  fc.record({ what: fc.constant('passes' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
)
const flows: readonly unknown[] = [
  { ...hotline, timeLimit: '60s' },
  { ...mailbox, timeLimit: '60s', whenTimeLimit: 'short' },
  {
    timeLimit: '60s',
    whenTimeLimit: 'a',
    steps: [{ name: 'a', play: ['a.wav', 'say:b'], timeLimit: '3s' }, { goto: 'a' }],
  },
]

t.test('whatever happens, a run ends once by its limit and says one thing at a time', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...flows),
      fc.array(happening, { maxLength: 60 }),
      (json, history) => {
        const run = createFlowRun({ flow: flowOf(json), callId, runId: 'r' })
        const ids = new Set<string>()
        let now = start
        let open: PromptId | undefined
        let isStopping = false
        let ended = 0
        const tell = (fact: FlowEvent): void => {
          if ('promptId' in fact && fact.promptId === open && fact.type !== 'commandFailed') {
            open = undefined
          }
          for (const effect of run.handle(fact)) {
            if (ended > 0) throw new Error('an effect after the end')
            if (effect.type === 'ended') ended += 1
            if (effect.type !== 'send') continue
            const { command } = effect
            if (command.type === 'stopPrompt') isStopping = true
            if (!('promptId' in command)) continue
            if (ids.has(command.promptId)) throw new Error('an id used twice')
            if (open !== undefined && !isStopping) throw new Error('two things said at once')
            ids.add(command.promptId)
            open = command.promptId
            isStopping = false
          }
        }
        tell({ type: 'started', at: now })
        const wake = (until: EpochMs): void => {
          for (let at = run.nextWakeAt(); at !== undefined && at <= until; at = run.nextWakeAt()) {
            tell({ type: 'timePassed', at: Math.max(at, now) })
          }
        }
        for (const event of history) {
          const promptId = open ?? ('gone' as PromptId)
          switch (event.what) {
            case 'played':
              tell({ type: 'promptEnded', promptId, outcome: 'played', key: event.key, at: now })
              break
            case 'digits':
              tell({ type: 'digitsCollected', promptId, digits: event.digits, at: now })
              break
            case 'missing':
            case 'failed':
              tell({ type: 'promptEnded', promptId, outcome: event.what, at: now })
              break
            case 'refused':
              open = open === promptId ? undefined : open
              tell({ type: 'commandFailed', promptId, reason: 'refused', at: now })
              break
            case 'timeout':
            case 'disconnected':
              tell({ type: 'commandFailed', promptId, reason: event.what, at: now })
              break
            case 'stale':
              tell({ type: 'digitsCollected', promptId: 'r.0' as PromptId, digits: '1', at: now })
              break
            case 'restored':
              tell({ type: 'restored', at: now })
              break
            case 'passes':
              wake(now + event.ms)
              now += event.ms
              break
          }
        }
        wake(now + 200_000)
        if (ended !== 1 || !run.isOver || run.nextWakeAt() !== undefined) {
          throw new Error('it did not end once')
        }
      },
    ),
    { numRuns: 300 },
  )
})
