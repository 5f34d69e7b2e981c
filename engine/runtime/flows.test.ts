import t from 'tap'
import type { EngineEvent } from '../catalogue/events/events.ts'
import { startEngine, tenantSettings } from '../rigs/engine-rig.ts'
import { ids } from '../rigs/ids.ts'
import { callParked, from, legHungUp, parkedCaller } from '../rigs/switch-events.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { LegActivity, LegSnapshot, SwitchCommand } from '../switch/switch.ts'

const callId = ids.call('call')

const settings = () =>
  tenantSettings(
    {
      sales: { maxWaitMs: 10_000, overflow: { maxWait: { type: 'flow', flow: 'sorry' } } },
      lost: { maxWaitMs: 10_000, overflow: { maxWait: { type: 'flow', flow: 'none' } } },
    },
    { ann: { status: { type: 'loggedOut' } } },
    {},
    {
      menu: {
        timeLimit: '20s',
        steps: [
          { menu: { keys: { 1: 'out' }, timeout: '5s', tries: 9, otherwise: 'end' } },
          { name: 'out', queue: 'sales' },
        ],
      },
      sorry: { steps: [{ play: 'sorry-{position}.wav' }] },
    },
  )

/** A tenant at work, and a switch that does what the test says. */
async function open(found: readonly LegSnapshot[] = []) {
  const { link, rig } = await startEngine(settings(), found)
  const { calls } = rig.tenant
  const arrive = (dialledNumber: string) => link.emit(callParked(callId, { dialledNumber }))
  const prompt = (id: string) => ({ ...from, callId, promptId: id as PromptId })
  const said = () => rig.takeEvents()
  const types = (events: readonly EngineEvent[]) => events.map(({ type }) => type)
  return { link, rig, calls, arrive, prompt, said, types }
}

const promptOf = (commands: readonly SwitchCommand[]): string =>
  commands.flatMap((command) => ('promptId' in command ? command.promptId : [])).at(-1) ?? ''

const snapshot = (over: Partial<CallerChannel>, activity: LegActivity) =>
  parkedCaller(
    callId,
    {
      ...{ dialledNumber: 'menu', takenNumber: 'menu', enqueuedAt: 500, state: 'inFlow' },
      ...over,
    },
    { activity },
  )

t.test('a number leads to a flow, a key to the queue the flow names', async (t) => {
  const { link, arrive, prompt, said, types } = await open()
  arrive('menu')
  t.strictSame(types(said()), ['call.arrived', 'flow.started'])
  const promptId = promptOf(link.takeCommands())
  link.emit({ ...prompt(promptId), type: 'digitsCollected', digits: '1' })
  t.strictSame(types(said()), ['flow.ended', 'call.queued'])
  t.match(link.takeCommands().at(-1), { type: 'playMusic' })
})

t.test('the limits of a flow are kept by the one timer', async (t) => {
  const { link, rig, arrive, prompt, said, types } = await open()
  arrive('menu')
  const first = promptOf(link.takeCommands())
  rig.clock.advance(19_999)
  t.strictSame(link.takeCommands(), [])
  rig.clock.advance(1)
  t.match(link.takeCommands(), [{ type: 'stopPrompt' }])
  said()
  link.emit({ ...prompt(first), type: 'digitsCollected', digits: '' })
  const told = said()
  t.strictSame(types(told), ['flow.ended', 'call.contained'])
  t.match(told[0], { data: { outcome: 'timeLimit', durationMs: 20_000 } })
  t.match(link.takeCommands(), [{ type: 'hangUp', cause: 'NORMAL_CLEARING' }])
})

t.test('a queue gives up to a flow, and hangs up where there is no such flow', async (t) => {
  const { link, rig, arrive, said, types } = await open()
  arrive('sales')
  rig.clock.advance(10_000)
  t.strictSame(types(said()).slice(2), ['call.overflowed', 'flow.started'])
  t.match(link.takeCommands().at(-1), { type: 'playPrompt' })
  link.emit(legHungUp(callId))
  t.match(said().at(-1), { type: 'call.sentAway', data: { end: 'callerGone', waitMs: 10_000 } })
  t.equal(rig.engine.liveCalls, 0)
  arrive('lost')
  rig.clock.advance(10_000)
  t.match(said().at(-1), { data: { to: 'hangup NORMAL_TEMPORARY_FAILURE' } })
})

t.test('a prompt that the switch refuses is passed over, logged and counted', async (t) => {
  const { link, rig, calls, arrive, said, types } = await open()
  arrive('sales')
  t.strictSame(calls.runFlow(callId, { flow: { steps: [{ play: 'a.wav' }] } }), { ok: true })
  said()
  link.answer('playPrompt', { ok: false, reason: 'refused', message: '-ERR' })
  t.strictSame(types(said()), ['flow.ended'])
  t.equal(rig.counts['flow inline commandFailed'], 1)
  t.ok(
    rig.warnings.includes('a step of a flow failed on the switch; the caller goes on to the next'),
  )
  t.match(rig.acd?.depth(ids.queue('sales')), { waiting: 1 })
})

t.test('a flow may talk to one who waits, and to nobody else', async (t) => {
  const { link, rig, calls, arrive } = await open()
  t.match(calls.runFlow('nobody', { flow: 'sorry' }), { ok: false, error: { code: 'callUnknown' } })
  arrive('sales')
  t.match(calls.runFlow(callId, { flow: 'none' }), { ok: false, error: { code: 'flowUnknown' } })
  t.strictSame(calls.runFlow(callId, { flow: { steps: [{ queue: 'none' }] } }), {
    ok: false,
    error: {
      code: 'invalid',
      message: 'flow: steps[0].queue there is no queue none',
      retryable: false,
    },
  })
  link.takeCommands()
  t.strictSame(calls.runFlow(callId, { flow: 'sorry', values: { name: 'x' } }), { ok: true })
  t.match(link.takeCommands().at(-1), { prompt: { files: ['sorry-1.wav'] } })
  t.match(rig.acd?.depth(ids.queue('sales')), { waiting: 0 })
  t.match(calls.runFlow(callId, { flow: 'sorry' }), {
    ok: false,
    error: { code: 'callNotWaiting' },
  })
  t.strictSame(calls.changeCall(callId, { priority: 7 }), { ok: true }, 'more may be known of it')
  t.match(link.takeCommands(), [{ type: 'markCall', marks: { priority: 7 } }])
})

t.test('after an absence of the switch the flow says its last words again', async (t) => {
  const { link, rig, arrive } = await open()
  arrive('menu')
  rig.clock.advance(1_500)
  link.disconnect()
  rig.clock.advance(30_000)
  link.takeCommands()
  await link.connect([snapshot({ inFlow: 'menu', flowBy: 'route' }, 'prompting')])
  t.match(link.takeCommands(), [{ type: 'stopPrompt' }], 'its limit has passed meanwhile')
  t.equal(rig.engine.liveCalls, 1)
})

t.test('another engine begins the flow anew, as the marks of the caller say', async (t) => {
  const { link, rig, said, types } = await open([
    snapshot(
      { inFlow: 'sorry', flowBy: 'overflow', inQueue: 'sales', chargedTo: 'lost' },
      'prompting',
    ),
  ])
  const told = said()
  t.strictSame(types(told), ['flow.started'])
  t.match(told[0], { data: { flow: 'sorry', by: 'overflow', queue: 'sales' } })
  rig.clock.advance(500)
  t.match(link.takeCommands().at(-1), { type: 'playPrompt' })
  link.emit(legHungUp(callId))
  t.match(said().at(-1), { data: { queue: 'sales', chargedTo: 'lost' } })
})

t.test(
  'one in a flow that nobody knows any more waits where they waited, or begins again',
  async (t) => {
    const waits = await open([
      snapshot({ flowBy: 'command', inQueue: 'sales', enteredAt: 700 }, 'playing'),
    ])
    t.match(waits.said().at(-1), {
      type: 'call.queued',
      data: { queue: 'sales', enqueuedAt: 500, isAdopted: true },
    })
    const anew = await open([snapshot({ inFlow: 'gone', flowBy: undefined }, 'parked')])
    t.match(anew.said().at(-1), { type: 'flow.started', data: { flow: 'menu', by: 'route' } })
    const elsewhere = await open([snapshot({ inFlow: 'menu', takenNumber: 'other' }, 'prompting')])
    t.equal(elsewhere.rig.engine.liveCalls, 0, 'the dialplan has them')
  },
)
