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

/** An effect as one line. */
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

/** A run whose recording has just begun. */
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

/** A run, with functions that pass it events and return its effects as lines. */
function running(
  json: unknown,
  input: { language?: string; variables?: Record<string, string> } = {},
) {
  const run = createFlowRun({ flow: flowOf(json), callId, runId: 'r', ...input })
  let now = start
  let promptId = '' as PromptId
  let variables: Readonly<Record<string, string>> = {}
  const handle = (event: FlowEvent): string[] => {
    const effects = run.handle(event)
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
    start: () => handle({ type: 'started', at: now }),
    played: (key?: string) =>
      handle({ type: 'promptEnded', promptId, outcome: 'played', key, at: now }),
    notPlayed: (outcome: 'missing' | 'failed') =>
      handle({ type: 'promptEnded', promptId, outcome, at: now }),
    digits: (digits: string) => handle({ type: 'digitsCollected', promptId, digits, at: now }),
    fails: (reason: 'refused' | 'timeout' | 'disconnected') =>
      handle({ type: 'commandFailed', promptId, reason, at: now }),
    passes(ms: number) {
      now += ms
      return handle({ type: 'timePassed', at: now })
    },
    handle: (
      event: Parameters<FlowRun['handle']>[0] extends infer F
        ? F extends { at: number }
          ? Omit<F, 'at'>
          : never
        : never,
    ) => handle({ ...event, at: now } as FlowEvent),
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

t.test('a menu leads to the step of the key', async (t) => {
  const flow = running(hotline)
  t.strictSame(flow.start(), ['play hello-en.wav'])
  t.strictSame(flow.played(), ['ask menu-en.wav+choose-en.wav 1 5000/5000'])
  t.strictSame(flow.digits('1'), ['collected choice=1', 'ended queue sales'])
  t.equal(flow.run.isOver, true)
  t.strictSame(flow.variables, { choice: '1' })
})

t.test(
  'a prompt is played in the caller’s language if it has it, otherwise in the flow’s',
  async (t) => {
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
  },
)

t.test(
  'after a wrong key or none the question is repeated, with a different remark for each',
  async (t) => {
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
  },
)

t.test(
  'a question without `otherwise` that gets no answer ends the flow as unanswered',
  async (t) => {
    const flow = running({
      steps: [{ name: 'ask', collect: { into: 'a', prompt: 'a.wav', tries: 1 } }],
    })
    flow.start()
    t.strictSame(flow.digits(''), ['ended unanswered ask'])
  },
)

t.test('digits are accepted only if they are valid, and can be spoken back', async (t) => {
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

t.test('a key can lead to the end, or back to its own menu', async (t) => {
  const flow = running(hotline)
  flow.start()
  flow.played()
  t.strictSame(flow.digits('*'), [
    'collected choice=*',
    'ask menu-en.wav+choose-en.wav 1 5000/5000',
  ])
  t.strictSame(flow.digits('9'), ['collected choice=9', 'ended completed'])
})

t.test('without barge-in the whole prompt is played before keys count', async (t) => {
  const flow = running({
    steps: [{ menu: { prompt: 'law.wav', bargeIn: 'false', keys: { 1: 'end' }, timeout: '7s' } }],
  })
  t.strictSame(flow.start(), ['play law.wav'])
  t.strictSame(flow.played(), ['listen 1 7000/7000'])
})

t.test('a prompt of several kinds is played in parts, and a key skips the rest', async (t) => {
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
  'a prompt that cannot be played is reported and skipped, and a question is still asked',
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

t.test('a variable cannot add a folder, stream or prefix to a file name', async (t) => {
  const steps = [{ play: ['{x}', 'digits/{n}.wav', 'say:{x}'] }]
  const x = 'shell_stream://../a!b{c}'
  const flow = running({ steps }, { variables: { x, n: '4' } })
  t.strictSame(flow.start(), ['play shell_stream..abc+digits/4.wav'])
  t.strictSame(flow.played(), [`play {"type":"speech","text":"${x}"}`])
})

t.test('an empty text is not spoken', async (t) => {
  t.strictSame(running({ steps: [{ say: '{nobody}' }] }).start(), ['ended completed'])
  t.strictSame(running({ steps: [{ say: '{nobody}', as: 'number' }] }).start(), ['ended completed'])
})

t.test('`when` chooses the next step by a variable', async (t) => {
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

t.test('a message is recorded after the beep and kept', async (t) => {
  const flow = running(mailbox)
  t.strictSame(flow.start(), ['play leave.wav'])
  t.strictSame(flow.played(), ['play tone_stream://%(250,50,800)'])
  t.strictSame(flow.played(), [`record ${path} 120000 #`])
  flow.passes(5_000)
  t.strictSame(flow.played('#'), [`close ${path}`, `collected message=${path}`, 'play thanks.wav'])
})

t.test('a message that is too short or cannot be written is not kept', async (t) => {
  const flow = recorded()
  flow.passes(400)
  t.strictSame(flow.played('#'), [`close ${path}`, 'play nothing.wav'])
  const unwritable = recorded()
  // The silence beside the recording plays all the same.
  t.strictSame(unwritable.fails('refused'), ['stopPrompt'])
  t.strictSame(unwritable.played(), ['fault mail commandFailed', 'play nothing.wav'])
})

t.test('the message of a caller who hangs up while recording is kept', async (t) => {
  const flow = recorded()
  flow.passes(5_000)
  t.strictSame(flow.handle({ type: 'callerGone' }), [
    `close ${path}`,
    `collected message=${path}`,
    'ended callerGone',
  ])
  t.strictSame(flow.handle({ type: 'callerGone' }), [], 'it ends once')
})

t.test(
  'a step that reaches its time limit is stopped, and the next waits until it has stopped',
  async (t) => {
    const steps = [{ play: 'local_stream://long', timeLimit: '5s' }, { play: 'b.wav' }]
    const flow = running({ steps })
    flow.start()
    t.equal(flow.run.nextWakeAt(), start + 5_000)
    t.strictSame(flow.passes(5_000), ['stopPrompt'])
    t.equal(flow.run.nextWakeAt(), start + 7_000)
    t.strictSame(flow.played(), ['play b.wav'])
    const silent = running({ steps })
    silent.start()
    silent.passes(5_000)
    t.strictSame(silent.passes(1_999), [])
    t.strictSame(silent.passes(1), ['play b.wav'], 'the wait for a missing event is limited')
  },
)

t.test('the time limit of a question covers all its tries', async (t) => {
  const flow = running({
    steps: [{ name: 'q', menu: { prompt: 'a.wav', keys: { 1: 'end' }, timeLimit: '8s' } }],
  })
  flow.start()
  flow.passes(6_000)
  t.strictSame(flow.digits(''), ['ask a.wav 1 5000/5000'])
  t.strictSame(flow.passes(2_000), ['stopPrompt'])
  t.strictSame(flow.digits('1'), ['ended unanswered q'], 'a later answer does not count')
})

t.test('the time limit of the flow leads to its farewell, whose own limit ends it', async (t) => {
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

t.test('the time limit of the flow stops a recording and keeps it', async (t) => {
  const flow = recorded({ ...mailbox, timeLimit: '30s' })
  t.strictSame(flow.passes(30_000), [`close ${path}`, `collected message=${path}`, 'stopPrompt'])
  t.strictSame(flow.played(), ['ended timeLimit'])
})

t.test('after a reconnection the current prompt is repeated', async (t) => {
  const flow = running(hotline)
  flow.start()
  const before = flow.promptId
  t.strictSame(flow.handle({ type: 'restored' }), ['stopPrompt'])
  t.strictSame(flow.handle({ type: 'restored' }), [])
  t.strictSame(flow.passes(2_000), ['play hello-en.wav'])
  t.not(flow.promptId, before)
  t.strictSame(
    flow.handle({ type: 'promptEnded', promptId: before, outcome: 'played' }),
    [],
    'the end of the first prompt does not end the second',
  )
  const away = running(hotline)
  away.start()
  t.strictSame(away.fails('disconnected'), [], 'it waits for the switch')
  t.strictSame(away.handle({ type: 'restored' }), ['stopPrompt'])
  const leaver = recorded()
  leaver.passes(3_000)
  leaver.handle({ type: 'restored' })
  t.strictSame(leaver.handle({ type: 'callerGone' }), [
    `close ${path}`,
    `collected message=${path}`,
    'ended callerGone',
  ])
  const recording = recorded()
  recording.passes(3_000)
  recording.handle({ type: 'restored' })
  t.strictSame(recording.passes(2_000), [
    `close ${path}`,
    `collected message=${path}`,
    'play thanks.wav',
  ])
})

t.test('a prompt whose command got no answer is stopped, since it may be playing', async (t) => {
  const flow = running(hotline)
  flow.start()
  t.strictSame(flow.fails('timeout'), ['stopPrompt'])
  t.strictSame(flow.fails('timeout'), [])
  t.strictSame(flow.played(), [
    'fault steps[0] commandFailed',
    'ask menu-en.wav+choose-en.wav 1 5000/5000',
  ])
})

t.test('a loop of missing prompts ends the flow', async (t) => {
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

t.test('a run does nothing before its start, and starts once', async (t) => {
  const flow = running(hotline)
  t.strictSame(flow.passes(1_000), [])
  t.equal(flow.run.nextWakeAt(), undefined)
  t.equal(flow.run.step, undefined)
  flow.start()
  t.equal(flow.run.step, 'steps[0]')
  t.strictSame(flow.start(), [])
})

// Property: random histories

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

t.test(
  'whatever happens, a run ends once, within its limit, and plays one prompt at a time',
  async () => {
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
          const handle = (event: FlowEvent): void => {
            if ('promptId' in event && event.promptId === open && event.type !== 'commandFailed') {
              open = undefined
            }
            for (const effect of run.handle(event)) {
              if (ended > 0) throw new Error('an effect after the end')
              if (effect.type === 'ended') ended += 1
              if (effect.type !== 'send') continue
              const { command } = effect
              if (command.type === 'stopPrompt') isStopping = true
              if (!('promptId' in command)) continue
              if (ids.has(command.promptId)) throw new Error('an id was used twice')
              if (open !== undefined && !isStopping) throw new Error('two prompts at once')
              ids.add(command.promptId)
              open = command.promptId
              isStopping = false
            }
          }
          handle({ type: 'started', at: now })
          const wake = (until: EpochMs): void => {
            for (
              let at = run.nextWakeAt();
              at !== undefined && at <= until;
              at = run.nextWakeAt()
            ) {
              handle({ type: 'timePassed', at: Math.max(at, now) })
            }
          }
          for (const step of history) {
            const promptId = open ?? ('gone' as PromptId)
            switch (step.what) {
              case 'played':
                handle({ type: 'promptEnded', promptId, outcome: 'played', key: step.key, at: now })
                break
              case 'digits':
                handle({ type: 'digitsCollected', promptId, digits: step.digits, at: now })
                break
              case 'missing':
              case 'failed':
                handle({ type: 'promptEnded', promptId, outcome: step.what, at: now })
                break
              case 'refused':
                open = open === promptId ? undefined : open
                handle({ type: 'commandFailed', promptId, reason: 'refused', at: now })
                break
              case 'timeout':
              case 'disconnected':
                handle({ type: 'commandFailed', promptId, reason: step.what, at: now })
                break
              case 'stale':
                handle({
                  type: 'digitsCollected',
                  promptId: 'r.0' as PromptId,
                  digits: '1',
                  at: now,
                })
                break
              case 'restored':
                handle({ type: 'restored', at: now })
                break
              case 'passes':
                wake(now + step.ms)
                now += step.ms
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
  },
)
