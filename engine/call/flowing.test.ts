import t from 'tap'
import { parseFlow } from '../flow/parse-flow.ts'
import { endedBy, hungUpBy } from '../rigs/endings.ts'
import { ids } from '../rigs/ids.ts'
import { callQueue, startCall } from '../rigs/start-call.ts'
import type { PromptId } from '../switch/prompt.ts'
import {
  type CallEffect,
  type CallEvent,
  type CallFlow,
  type CallInput,
  type FoundCall,
  noQueue,
} from './call-event.ts'

function flowOf(steps: readonly unknown[], over: Partial<CallFlow> = {}): CallFlow {
  const parsed = parseFlow({ steps }, () => true)
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.faults))
  }
  const { flow } = parsed
  return { name: 'talk', isNamed: true, flow, runId: 'run', by: 'route', variables: {}, ...over }
}

const menu = (...ends: readonly unknown[]) => [
  { menu: { keys: { 1: 'out' }, into: 'choice', tries: 1, timeout: '5s' } },
  ...ends,
]
const toHelp = menu({ name: 'out', queue: 'help' })

const start = (over: Partial<CallInput> = {}) => startCall({ queue: noQueue, ...over })
const waiting = () => startCall().call
const answer = (digits: string, at = 3_000, prompt = 'run.1'): CallEvent => ({
  type: 'digitsCollected',
  promptId: prompt as PromptId,
  digits,
  at,
})
const found = (queue: string, at = 3_000): CallEvent => ({
  type: 'queueFound',
  queue: callQueue(queue),
  at,
})
const callerGone: CallEvent = { type: 'callerGone', ...hungUpBy('NORMAL_CLEARING'), at: 4_000 }
const givenUp = (flow: CallFlow, at = 2_000): CallEvent => ({
  type: 'givenUp',
  reason: 'maxWait',
  overflow: { type: 'flow', flow },
  at,
})

/** A summary of effects: events with the relevant data, and the names of the rest. */
function brief(effects: readonly CallEffect[]): readonly unknown[] {
  return effects.map((effect) => {
    switch (effect.type) {
      case 'publish': {
        const {
          tenant: _t,
          callId: _c,
          at: _a,
          ...data
        } = effect.event.data as object as Record<string, unknown>
        return [effect.event.type, data]
      }
      case 'send':
        return 'marks' in effect.command
          ? `mark ${effect.command.marks.state}`
          : effect.command.type
      case 'notifyCore':
        return effect.event.type
      default:
        return effect.type
    }
  })
}

t.test('a call that begins with a flow is marked, and the core does not get it', async (t) => {
  const { call, first } = start({ flow: flowOf(toHelp) })
  t.strictSame(brief(first), [
    'mark inFlow',
    ['flow.started', { flow: 'talk', by: 'route' }],
    'askDigits',
  ])
  t.match(first[0], {
    command: {
      marks: { inQueue: null, inFlow: 'talk', flowBy: 'route' },
      wayOutTask: '7',
    },
  })
  t.equal(call.state, 'inFlow')
  t.equal(call.nextWakeAt, 601_000)
})

t.test('a call that its first flow sends to a queue waits there as a new arrival', async (t) => {
  const { call } = start({ flow: flowOf(toHelp) })
  t.strictSame(brief(call.handle(answer('1'))), [
    ['flow.collected', { flow: 'talk', name: 'choice', value: '1' }],
    ['flow.ended', { flow: 'talk', outcome: 'queue', durationMs: 2_000 }],
    'findQueue',
  ])
  const queued = { queue: 'help', chargedTo: 'help', enqueuedAt: 3_000, queueWaitMs: 0 }
  t.strictSame(brief(call.handle(found('help'))), [
    'mark waiting',
    'callQueued',
    ['call.queued', { ...queued, priority: 0, isAdopted: false }],
  ])
  t.equal(call.state, 'waiting')
  t.equal(call.nextWakeAt, undefined)
})

t.test('a flow that names a queue which no longer exists ends the call', async (t) => {
  const { call } = start({ flow: flowOf(toHelp) })
  call.handle(answer('1'))
  t.strictSame(brief(call.handle({ type: 'queueFound', queue: undefined, at: 3_000 })), [
    ['call.sentAway', { flow: 'talk', end: 'noQueue' }],
    'hangUp',
  ])
  t.equal(call.state, 'leaving')
})

t.test('a call that ends in its first flow is contained, whoever hangs up', async (t) => {
  const ended = (digits: string) => {
    const { call } = start({ flow: flowOf(menu({ name: 'out', hangup: 'USER_BUSY' })) })
    return brief(call.handle(answer(digits))).slice(-2)
  }
  const contained = { flow: 'talk', endedBy: 'flow', durationMs: 2_000 }
  t.strictSame(ended('1'), [['call.contained', contained], 'hangUp'])
  t.strictSame(ended(''), [['call.contained', contained], 'hangUp'], 'unanswered')
  const { call } = start({ flow: flowOf(toHelp) })
  t.strictSame(brief(call.handle(callerGone)), [
    ['flow.ended', { flow: 'talk', outcome: 'callerGone', durationMs: 3_000 }],
    ['call.contained', { ...contained, endedBy: 'caller', durationMs: 3_000 }],
  ])
  t.equal(call.state, 'gone')
})

t.test(
  'a call is not contained after a transfer by the flow or dialplan, or a shutdown of the switch',
  async (t) => {
    const { call } = start({ flow: flowOf([{ transfer: '9000 XML public' }]) })
    t.equal(call.state, 'leaving')
    const sent = start({ flow: flowOf([{ transfer: '9000 XML public' }]) }).first
    t.strictSame(brief(sent).slice(-3), [
      ['call.sentAway', { flow: 'talk', end: 'transfer' }],
      'mark left',
      'transfer',
    ])
    t.strictSame(
      brief(start({ flow: flowOf(toHelp) }).call.handle({ type: 'leftPark', at: 2_000 })).slice(1),
      [['call.sentAway', { flow: 'talk', end: 'takenAway' }], 'mark left'],
    )
    t.strictSame(
      brief(
        start({ flow: flowOf(toHelp) }).call.handle({
          ...callerGone,
          ...hungUpBy('SYSTEM_SHUTDOWN'),
        } as never),
      ).slice(1),
      [['call.lost', { reason: 'SYSTEM_SHUTDOWN' }]],
    )
  },
)

t.test(
  'a call that overflows to a flow can return to a queue, and its wait stays charged to the first queue',
  async (t) => {
    const call = waiting()
    const about = { queue: 'sales', chargedTo: 'sales' }
    const waits = { waitMs: 1_000, queueWaitMs: 1_000 }
    t.strictSame(brief(call.handle(givenUp(flowOf(toHelp, { by: 'overflow' })))), [
      'callLeft',
      [
        'call.overflowed',
        { ...about, ...waits, reason: 'maxWait', to: 'flow talk', toFlow: 'talk' },
      ],
      'mark inFlow',
      ['flow.started', { flow: 'talk', by: 'overflow', queue: 'sales' }],
      'askDigits',
    ])
    call.handle(answer('1'))
    t.match(call.handle(found('help')).at(-1), {
      event: {
        type: 'call.queued',
        data: { queue: 'help', chargedTo: 'sales', enqueuedAt: 1_000, queueWaitMs: 0 },
      },
    })
    const other = waiting()
    other.handle(givenUp(flowOf(toHelp, { by: 'overflow' })))
    t.strictSame(brief(other.handle(callerGone)).at(-1), [
      'call.sentAway',
      { ...about, flow: 'talk', end: 'callerGone', waitMs: 1_000 },
    ])
  },
)

t.test(
  'a flow without prompts cannot send a call back to its queue at the instant of the overflow',
  async (t) => {
    const call = waiting()
    const flow = flowOf([{ queue: 'sales' }], { by: 'overflow' })
    t.equal(call.handle(givenUp(flow)).at(-1)?.type, 'findQueue')
    t.strictSame(brief(call.handle(found('sales', 2_000))).at(-1), 'hangUp')
    const later = waiting()
    later.handle(givenUp(flowOf(toHelp, { by: 'overflow' })))
    later.handle(answer('1'))
    t.strictSame(brief(later.handle(found('sales'))).slice(0, 2), ['mark waiting', 'callQueued'])
  },
)

t.test(
  'a flow by command stops the ringing phone, and afterwards the call waits on at its place',
  async (t) => {
    const leg = {
      legId: ids.leg('leg-ann'),
      agentId: ids.agent('ann'),
      address: 'user/ann',
      startAfterMs: 0,
    }
    const offerId = ids.offer('o1')
    const offer = { offerId, legs: [leg], ringMs: 15_000, deadlineAt: 30_000, matchUs: 5 }
    const flow = flowOf(menu({ name: 'out', queue: 'sales' }), { by: 'command' })
    const call = waiting()
    call.handle({ type: 'offered', offer, at: 1_500 })
    const effects = brief(call.handle({ type: 'flowAsked', flow, at: 2_000 }))
    t.strictSame(
      effects.map((effect) => (Array.isArray(effect) ? effect[0] : effect)),
      ['hangUp', 'call.offerEnded', 'callLeft', 'mark inFlow', 'flow.started', 'askDigits'],
    )
    const late = call.handle({ type: 'joined', legId: leg.legId, at: 2_100 })
    t.strictSame(brief(late), ['hangUp'], 'an agent who answers now is hung up')
    t.equal(call.state, 'inFlow')
    const ended = { type: 'offerEnded', offerId, ...endedBy('ORIGINATOR_CANCEL') } as const
    call.handle({ ...ended, isTransferred: false, isCallerGone: false, at: 2_200 })
    const back = call.handle(answer('', 8_000))
    t.strictSame(brief(back).slice(1), ['mark waiting', 'callQueued'])
    t.match(back.at(-1), { event: { enqueuedAt: 1_000, enteredAt: 1_000, isReturning: true } })
    t.equal(call.state, 'waiting')
    call.handle({ type: 'flowAsked', flow: { ...flow, runId: 'two' }, at: 9_000 })
    t.strictSame(brief(call.handle(callerGone)).at(-1), [
      'call.abandoned',
      { queue: 'sales', chargedTo: 'sales', waitMs: 3_000, queueWaitMs: 3_000, wasRinging: false },
    ])
  },
)

t.test('a flow by command may send the call to another queue', async (t) => {
  const call = waiting()
  call.handle({ type: 'flowAsked', flow: flowOf(toHelp, { by: 'command' }), at: 2_000 })
  call.handle(answer('1'))
  const [moved, ...rest] = brief(call.handle(found('help')))
  t.match(moved, ['call.requeued', { queue: 'sales', toQueue: 'help', waitMs: 2_000 }])
  t.match(rest.at(-1), ['call.queued', { queue: 'help', chargedTo: 'help', enqueuedAt: 1_000 }])
})

t.test('a collected value is published only if the flow allows it', async (t) => {
  const asked = (publish: boolean) => {
    const collect = { into: 'pin', max: 4, publish }
    const { call } = start({ flow: flowOf([{ collect }, { play: '{pin}.wav' }]) })
    return brief(call.handle(answer('1234')))
  }
  t.strictSame(asked(false)[0], ['flow.collected', { flow: 'talk', name: 'pin' }])
  t.strictSame(asked(true)[0], ['flow.collected', { flow: 'talk', name: 'pin', value: '1234' }])
})

t.test(
  'a flow waits while the switch is disconnected, and repeats its last prompt afterwards',
  async (t) => {
    const { call } = start({ flow: flowOf(toHelp) })
    call.handle({ type: 'cutOff', at: 2_000 })
    t.equal(call.state, 'cutOff')
    t.equal(call.nextWakeAt, undefined)
    t.strictSame(call.handle(answer('1')), [], 'answers do not count until the switch is back')
    t.strictSame(brief(call.handle({ type: 'restored', at: 5_000 })), ['stopPrompt'])
    t.equal(call.nextWakeAt, 7_000)
    t.strictSame(brief(call.handle({ type: 'timePassed', at: 7_000 })), ['askDigits'])
  },
)

t.test('a call that is found in a flow restarts it after the old prompt was stopped', async (t) => {
  const was: FoundCall = { isMusicOn: false, talk: undefined, strays: [] }
  const { call, first } = start({ flow: flowOf(toHelp), found: was })
  t.strictSame(brief(first).slice(2), ['stopPrompt'])
  t.strictSame(call.handle({ type: 'timePassed', at: 1_400 }), [])
  t.equal(call.nextWakeAt, 1_500)
  t.strictSame(brief(call.handle({ type: 'timePassed', at: 1_500 })), ['askDigits'])
  const flow = flowOf([{ play: 'a.wav' }], { by: 'command' })
  const back = start({ flow, found: was, queue: callQueue('sales') }).call
  back.handle({ type: 'timePassed', at: 1_500 })
  const promptId = 'run.1' as PromptId
  const played = { type: 'promptEnded', promptId, outcome: 'played', key: undefined } as const
  t.match(brief(back.handle({ ...played, at: 2_000 })).at(-1), [
    'call.queued',
    { queue: 'sales', isAdopted: true },
  ])
})

t.test('a prompt that the switch refuses is reported and skipped', async (t) => {
  const flow = flowOf([{ play: 'a.wav' }, { play: 'b.wav' }])
  const { call } = start({ flow })
  const promptId = 'run.1' as PromptId
  const refused = { type: 'promptRefused', promptId, reason: 'refused', at: 2_000 } as const
  t.strictSame(brief(call.handle(refused)), ['flowFault', 'playPrompt'])
})
