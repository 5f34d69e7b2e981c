import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { press } from './actions.ts'
import { type Rig, testOverlay } from './rig.ts'
import { testOnBothSwitches } from './scenario.ts'

/** A phone that answers, as in {@link testOverlay}. */
const answers = 'loopback/2001/public'
const tone = (ms: number) => `'tone_stream://%(${ms},10,440)'`

const flows = `    flows:
      reception:
        steps:
          - play: ${tone(200)}
          - name: choose
            menu: { prompt: ${tone(4_000)}, keys: { 1: agents, 2: hours }, into: choice }
          - { name: hours, play: ${tone(300)}, next: end }
          - { name: agents, queue: q }
      sorry:
        steps:
          - collect: { prompt: ${tone(200)}, into: pin, max: 4, timeout: 2s, tries: 1, otherwise: bye }
          - { name: bye, play: ${tone(200)} }
          - hangup: USER_BUSY`

interface Scenario {
  readonly name: string
  readonly queue?: string
  readonly agent: string
  /** @param takeOver stops the engine and starts another */
  readonly run: (t: Test, rig: Rig, takeOver: () => Promise<Rig>) => Promise<void>
}

function tenant({ queue = '', agent }: Scenario): string {
  return `    queues:
      q: { wrapUp: 0s, ringTime: 5s, music: 'tone_stream://%(2000,4000,440,480);loops=-1'${queue} }
${flows}
    agents:
      ann: { dial: ${answers}, queues: [q], ${agent} }
    routes: [{ number: '1000', flow: reception }, { number: '6000', queue: q }]`
}

const scenarios: readonly Scenario[] = [
  {
    name: 'a number leads to a flow, a key to a queue, the queue to an agent',
    agent: 'status: available',
    async run(t, rig) {
      const callId = await rig.call()
      await press(rig, callId, '1')
      t.match(await rig.until('call.answered', callId), { agent: 'ann', queue: 'q' })
      t.match(await rig.until('flow.collected', callId), { name: 'choice', value: '1' })
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
      t.strictSame(rig.story(callId), [
        'call.arrived',
        'flow.started',
        'flow.collected',
        'flow.ended',
        'call.queued',
        'call.offered ann',
        'call.answered ann',
        'call.completed by caller',
      ])
    },
  },
  {
    name: 'a caller who needs no agent is contained',
    agent: 'status: available',
    async run(t, rig) {
      const callId = await rig.call()
      await press(rig, callId, '2')
      t.match(await rig.until('call.contained', callId), { flow: 'reception', endedBy: 'flow' })
      const second = await rig.call()
      await rig.until('flow.started', second)
      await rig.hangUp(second)
      t.match(await rig.until('call.contained', second), { endedBy: 'caller' })
      const { body } = await rig.app.metrics.text()
      t.match(body, 'switchyard_calls_contained_total{tenant="default",flow="reception"} 2')
      t.match(body, 'switchyard_containment_ratio{tenant="default"} 1')
    },
  },
  {
    name: 'a queue gives a caller up to a flow, which asks, plays over the music and hangs up',
    queue: ', maxWait: 1s, whenMaxWait: { flow: sorry }',
    agent: 'status: loggedOut',
    async run(t, rig) {
      const callId = await rig.call('6000')
      t.match(await rig.until('call.overflowed', callId), { to: 'flow sorry', toFlow: 'sorry' })
      await press(rig, callId, '1234')
      t.notOk('value' in (await rig.until('flow.collected', callId)), 'digits may be secret')
      t.match(await rig.until('call.sentAway', callId), { end: 'hangup', chargedTo: 'q' })
      t.match(rig.app.metrics.tally.tenants.get('default')?.queues.get('q'), {
        offered: 1,
        sentAway: 1,
      })
    },
  },
  {
    name: 'a flow runs while a caller waits, who then waits on; a star does not end the music',
    agent: 'status: loggedOut',
    async run(t, rig) {
      const callId = await rig.call('6000')
      await rig.until('call.queued', callId)
      const calls = rig.app.engine.tenants.get('default')?.calls
      const flow = {
        steps: [{ play: 'tone_stream://%(300,10,440)' }, { menu: { keys: { 1: 'end' } } }],
      }
      t.strictSame(calls?.runFlow(callId, { flow }), { ok: true })
      await press(rig, callId, '1')
      t.match(await rig.until('flow.ended', callId), { flow: 'inline', outcome: 'completed' })
      await rig.tool.api(`uuid_recv_dtmf ${callId} *`)
      await sleep(300)
      const ended = await rig.tool.api(`uuid_getvar ${callId} playback_terminator_used`)
      t.notOk(ended.includes('*'), 'the music')
      rig.app.engine.tenants.get('default')?.control.setStatus('ann', { type: 'available' })
      await rig.until('call.answered', callId)
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
    },
  },
  {
    name: 'an engine that takes over restarts the flow',
    agent: 'status: available',
    async run(t, rig, takeOver) {
      const callId = await rig.call()
      await rig.until('flow.started', callId)
      await sleep(600)
      const second = await takeOver()
      t.match(await second.until('flow.started', callId), { flow: 'reception', by: 'route' })
      await sleep(1_000)
      await press(second, callId, '1')
      t.match(await second.until('call.answered', callId), { agent: 'ann' })
      await second.hangUp(callId)
      await second.until('call.completed', callId)
      t.notOk(second.story(callId).includes('call.arrived'))
    },
  },
]

testOnBothSwitches(
  t,
  scenarios.map((scenario) => ({ ...scenario, tenant: tenant(scenario) })),
  {
    '1': ['set acd_tenant=default', 'answer', 'park'],
    '2': ['ring_ready', 'sleep 100', 'answer', 'park'],
    '6': ['set acd_tenant=default', 'answer', 'park'],
  },
  {
    ...testOverlay,
    'dialplan/test-phones.xml': testOverlay['dialplan/test-phones.xml'].replace(
      '<action application="sched_transfer" data="+1 9000 XML public"/>',
      '',
    ),
  },
)
