import t, { type Test } from 'tap'
import type { CallId, SwitchId } from '../catalogue/ids.ts'
import { createFreeSwitch } from '../esl/free-switch.ts'
import { createLogger } from '../log.ts'
import { until } from '../rigs/esl-rig.ts'
import { FlowDriver } from '../rigs/flow-driver.ts'
import { acdActions, createDialplan } from '../sim/dialplan.ts'
import { createRandom } from '../sim/random.ts'
import { startSimulatedSwitch } from '../sim/tcp.ts'
import type { SwitchEvent } from '../switch/event.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import type { FlowEffect } from './flow-event.ts'
import { createFlowRun } from './flow-run.ts'
import { parseFlow } from './parse-flow.ts'

/** The keys a caller presses when asked with a prompt, after {@link thinkMs}. */
type Keys = (prompt: string) => string | undefined
const thinkMs = 700

/** A flow that runs over the event socket, with a caller on a simulated switch. */
async function call(t: Test, json: unknown, keys: Keys) {
  const parsed = parseFlow(json, () => true)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  const clock = new ManualClock()
  const sim = await startSimulatedSwitch({
    clock,
    random: createRandom(1),
    log: createLogger('silent'),
    dialplan: createDialplan({ '1000': acdActions({ tenant: 'acme' }) }),
    fileMs: (path) => (path.includes('missing') ? undefined : 1_000),
    canRecord: (path) => !path.startsWith('/nowhere/'),
  })
  const link = createFreeSwitch({
    id: 'fs' as SwitchId,
    host: '127.0.0.1',
    port: sim.port,
    password: 'ClueCon',
    clock,
    log: createLogger('silent'),
    random: () => 0.5,
  })
  t.teardown(async () => {
    await link.stop()
    await sim.stop()
  })
  let isConnected = false
  const events: SwitchEvent[] = []
  let driver: FlowDriver | undefined
  link.start({
    event(event) {
      events.push(event)
      driver?.handleEvent(event)
    },
    connected: () => {
      isConnected = true
    },
    disconnected: () => undefined,
  })
  await until(() => isConnected)
  const callId = sim.placeCall({
    destination: '1000',
    callerNumber: '4930123',
    callerName: 'Ann',
    party: {
      asked(prompt) {
        const pressed = keys(prompt)
        if (pressed !== undefined) clock.setTimer(thinkMs, () => sim.press(callId, pressed))
      },
      ended: () => undefined,
    },
  }) as CallId
  await until(() => events.some(({ type }) => type === 'callParked'))
  const effects: FlowEffect[] = []
  const run = createFlowRun({ flow: parsed.flow, callId, runId: 'flow-1' })
  driver = new FlowDriver({ run, callId, link, clock, onEffect: (effect) => effects.push(effect) })
  const startedAt = clock.now()
  driver.start()
  return {
    sim,
    callId,
    /** Lets time pass until the run is over, at most `ms`. @returns the time since the start */
    async passes(ms = 600_000) {
      const end = clock.now() + ms
      while (!run.isOver && clock.now() < end) {
        await settle()
        clock.advance(20)
      }
      await settle()
      return clock.now() - startedAt
    },
    /** The effects of the run, except commands. */
    reported: () => effects.filter(({ type }) => type !== 'send'),
    applications: () => sim.channels().find(({ uuid }) => uuid === callId)?.applications ?? [],
  }
}

const steps = [
  { play: 'hello.wav' },
  {
    name: 'language',
    menu: { prompt: ['lang1.wav', 'lang2.wav'], keys: { 1: 'meter', 2: 'german' } },
  },
  { name: 'german', language: 'de' },
  {
    name: 'meter',
    collect: {
      into: 'meter',
      prompt: { en: 'meter-en.wav', de: 'meter-de.wav' },
      min: 4,
      whenSilent: 'please.wav',
      otherwise: 'out',
    },
  },
  { say: '{meter}', as: 'digits' },
  { play: 'missing.wav' },
  { record: { into: 'message', folder: '/var/mail', otherwise: 'out' } },
  { name: 'out', queue: 'sales' },
]

t.test('a caller is greeted, asked, recorded and sent to a queue', async (t) => {
  const asked: string[] = []
  const { passes, reported, applications, callId } = await call(t, { steps }, (prompt) => {
    asked.push(prompt)
    return prompt.includes('lang') ? '2' : asked.length > 2 ? '4711#' : undefined
  })
  await passes(20_000)
  t.strictSame(asked, ['file_string://lang1.wav!lang2.wav', 'meter-de.wav', 'meter-de.wav'])
  t.strictSame(reported(), [
    { type: 'collected', name: 'meter', value: '4711' },
    { type: 'fault', step: 'steps[5]', problem: 'promptMissing' },
  ])
  t.strictSame(applications(), ['park', 'playback'], 'being recorded')
  await passes()
  const message = `/var/mail/${callId}-flow-1-7.wav`
  t.strictSame(reported().slice(2), [
    { type: 'collected', name: 'message', value: message },
    {
      type: 'ended',
      outcome: { type: 'queue', queue: 'sales' },
      variables: { meter: '4711', message },
    },
  ])
  t.strictSame(applications(), ['park'], 'nothing plays any more')
})

t.test('a caller who hangs up ends the flow', async (t) => {
  const { sim, callId, passes, reported } = await call(t, { steps }, () => undefined)
  await passes(1_500)
  sim.hangUp(callId)
  await passes(100)
  t.strictSame(reported(), [{ type: 'ended', outcome: { type: 'callerGone' }, variables: {} }])
})

t.test('the time limit stops endless music, and the farewell is played after it', async (t) => {
  const flow = {
    timeLimit: '3s',
    whenTimeLimit: 'bye',
    steps: [
      { play: 'local_stream://moh', next: 'end' },
      { name: 'bye', play: 'bye.wav' },
    ],
  }
  const { passes, reported, applications } = await call(t, flow, () => undefined)
  const tookMs = await passes()
  t.ok(tookMs >= 4_000 && tookMs < 5_900, `${tookMs} ms: no wait after a stop that was reported`)
  t.strictSame(reported(), [{ type: 'ended', outcome: { type: 'completed' }, variables: {} }])
  t.strictSame(applications(), ['park'])
})

t.test('a question can be stopped while it waits for keys', async (t) => {
  const flow = {
    steps: [
      {
        menu: {
          prompt: 'a.wav',
          keys: { 1: 'end' },
          timeout: '1m',
          timeLimit: '5s',
          otherwise: 'b',
        },
      },
      { name: 'b', play: 'b.wav' },
    ],
  }
  const { passes, reported, applications } = await call(t, flow, () => undefined)
  const tookMs = await passes()
  t.ok(tookMs >= 6_000 && tookMs < 7_900, `${tookMs} ms`)
  t.strictSame(reported(), [{ type: 'ended', outcome: { type: 'completed' }, variables: {} }])
  t.strictSame(applications(), ['park'])
})

t.test('a message that cannot be written does not end the call', async (t) => {
  const flow = {
    steps: [
      { record: { into: 'message', folder: '/nowhere', otherwise: 'sorry' } },
      { name: 'sorry', play: 'sorry.wav' },
    ],
  }
  const { passes, reported, applications } = await call(t, flow, () => undefined)
  await passes()
  t.strictSame(reported(), [
    { type: 'fault', step: 'steps[0]', problem: 'commandFailed' },
    { type: 'ended', outcome: { type: 'completed' }, variables: {} },
  ])
  t.strictSame(applications(), ['park'])
})
