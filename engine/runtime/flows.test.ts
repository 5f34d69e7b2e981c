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

/** A running tenant, and a switch that the test controls. */
async function open(found: readonly LegSnapshot[] = []) {
  const { link, rig } = await startEngine(settings(), found)
  const { calls } = rig.tenant
  const arrive = (dialledNumber: string) => link.emit(callParked(callId, { dialledNumber }))
  const prompt = (id: string) => ({ ...from, callId, promptId: id as PromptId })
  const published = () => rig.takeEvents()
  const types = (events: readonly EngineEvent[]) => events.map(({ type }) => type)
  return { link, rig, calls, arrive, prompt, published, types }
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

t.test('a number leads to a flow, and a key to the queue that the flow names', async (t) => {
  const { link, arrive, prompt, published, types } = await open()
  arrive('menu')
  t.strictSame(types(published()), ['call.arrived', 'flow.started'])
  const promptId = promptOf(link.takeCommands())
  link.emit({ ...prompt(promptId), type: 'digitsCollected', digits: '1' })
  t.strictSame(types(published()), ['flow.ended', 'call.queued'])
  t.match(link.takeCommands().at(-1), { type: 'playMusic' })
})

t.test('the timer enforces the time limits of a flow', async (t) => {
  const { link, rig, arrive, prompt, published, types } = await open()
  arrive('menu')
  const first = promptOf(link.takeCommands())
  rig.clock.advance(19_999)
  t.strictSame(link.takeCommands(), [])
  rig.clock.advance(1)
  t.match(link.takeCommands(), [{ type: 'stopPrompt' }])
  published()
  link.emit({ ...prompt(first), type: 'digitsCollected', digits: '' })
  const events = published()
  t.strictSame(types(events), ['flow.ended', 'call.contained'])
  t.match(events[0], { data: { outcome: 'timeLimit', durationMs: 20_000 } })
  t.match(link.takeCommands(), [{ type: 'hangUp', cause: 'NORMAL_CLEARING' }])
})

t.test('a call overflows to a flow, and is hung up if there is no such flow', async (t) => {
  const { link, rig, arrive, published, types } = await open()
  arrive('sales')
  rig.clock.advance(10_000)
  t.strictSame(types(published()).slice(2), ['call.overflowed', 'flow.started'])
  t.match(link.takeCommands().at(-1), { type: 'playPrompt' })
  link.emit(legHungUp(callId))
  t.match(published().at(-1), {
    type: 'call.sentAway',
    data: { end: 'callerGone', waitMs: 10_000 },
  })
  t.equal(rig.engine.liveCalls, 0)
  arrive('lost')
  rig.clock.advance(10_000)
  t.match(published().at(-1), { data: { to: 'hangup NORMAL_TEMPORARY_FAILURE' } })
})

t.test('a prompt that the switch refuses is skipped, logged and counted', async (t) => {
  const { link, rig, calls, arrive, published, types } = await open()
  arrive('sales')
  t.strictSame(calls.runFlow(callId, { flow: { steps: [{ play: 'a.wav' }] } }), { ok: true })
  published()
  link.answer('playPrompt', { ok: false, reason: 'refused', message: '-ERR' })
  t.strictSame(types(published()), ['flow.ended'])
  t.equal(rig.counts['flow inline commandFailed'], 1)
  t.ok(rig.warnings.includes('a step of a flow failed on the switch; the flow continues'))
  t.match(rig.acd?.depth(ids.queue('sales')), { waiting: 1 })
})

t.test('a command can start a flow only for a waiting caller', async (t) => {
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
  t.strictSame(
    calls.changeCall(callId, { priority: 7 }),
    { ok: true },
    'a call in a flow can be changed',
  )
  t.match(link.takeCommands(), [{ type: 'markCall', marks: { priority: 7 } }])
})

t.test('after a reconnection the flow repeats its last prompt', async (t) => {
  const { link, rig, arrive } = await open()
  arrive('menu')
  rig.clock.advance(1_500)
  link.disconnect()
  rig.clock.advance(30_000)
  link.takeCommands()
  await link.connect([snapshot({ inFlow: 'menu', flowBy: 'route' }, 'prompting')])
  t.match(link.takeCommands(), [{ type: 'stopPrompt' }], 'the time limit has passed meanwhile')
  t.equal(rig.engine.liveCalls, 1)
})

t.test('another engine restarts the flow that the marks of the caller name', async (t) => {
  const { link, rig, published, types } = await open([
    snapshot(
      { inFlow: 'sorry', flowBy: 'overflow', inQueue: 'sales', chargedTo: 'lost' },
      'prompting',
    ),
  ])
  const events = published()
  t.strictSame(types(events), ['flow.started'])
  t.match(events[0], { data: { flow: 'sorry', by: 'overflow', queue: 'sales' } })
  rig.clock.advance(500)
  t.match(link.takeCommands().at(-1), { type: 'playPrompt' })
  link.emit(legHungUp(callId))
  t.match(published().at(-1), { data: { queue: 'sales', chargedTo: 'lost' } })
})

t.test(
  'a caller found in a flow that cannot be restarted waits in the queue, or begins again',
  async (t) => {
    const waits = await open([
      snapshot({ flowBy: 'command', inQueue: 'sales', enteredAt: 700 }, 'playing'),
    ])
    t.match(waits.published().at(-1), {
      type: 'call.queued',
      data: { queue: 'sales', enqueuedAt: 500, isAdopted: true },
    })
    const restarted = await open([snapshot({ inFlow: 'gone', flowBy: undefined }, 'parked')])
    t.match(restarted.published().at(-1), {
      type: 'flow.started',
      data: { flow: 'menu', by: 'route' },
    })
    const elsewhere = await open([snapshot({ inFlow: 'menu', takenNumber: 'other' }, 'prompting')])
    t.equal(elsewhere.rig.engine.liveCalls, 0, 'the caller belongs to the dialplan')
  },
)
