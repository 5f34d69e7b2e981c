import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type Rig, testOverlay } from './rig.ts'
import { type Scenario, testOnBothSwitches } from './scenario.ts'

const tenant = `    queues:
      q: { wrapUp: 0s, ringTime: 5s, music: 'tone_stream://%(2000,4000,440,480);loops=-1' }
    agentDefaults: { queues: [q], maxMisses: 0 }
    agents: { ann: { dial: loopback/2001/public } }
    routes: [{ number: '1000', queue: q }]`

/** A colleague whom the agent consults: a phone that is no agent of the queue. */
async function consult({ tool }: Rig): Promise<string> {
  const colleague = randomUUID()
  await tool.api(`originate {origination_uuid=${colleague}}loopback/2002/public &park()`)
  return colleague
}

const isAlive = async ({ tool }: Rig, legId: string) =>
  (await tool.api(`uuid_exists ${legId}`)).trim() === 'true'

/**
 * What the switch does for a REFER with Replaces (mod_sofia), and what `uuid_bridge` does: it
 * ends the agent's `bridge`, and joins the two others only after that.
 */
function joined(name: string, order: (caller: string, colleague: string) => string): Scenario {
  return {
    name: `an agent joins the caller and a colleague, ${name}: the two talk on`,
    tenant,
    async run(t, rig) {
      const callId = await rig.call()
      await rig.until('call.answered', callId)
      const agentLeg = await rig.joinedTo(callId)
      const colleague = await consult(rig)
      await rig.tool.api(`uuid_bridge ${order(callId, colleague)}`)
      t.match(await rig.until('call.transferred', callId), { agent: 'ann' })
      // Whatever would end the new conversation comes within some media steps.
      await sleep(500)
      t.ok(await isAlive(rig, callId), 'the caller is still there')
      t.ok(await isAlive(rig, colleague), 'so is the colleague')
      t.equal(await rig.joinedTo(callId), colleague, 'and the two are joined')
      t.notOk(await isAlive(rig, agentLeg))
      t.equal(rig.agentState('ann'), 'idle')
      t.strictSame(rig.story(callId), [
        'call.arrived',
        'call.queued',
        'call.offered ann',
        'call.answered ann',
        'call.transferred',
      ])
      await rig.tool.api(`uuid_kill ${callId}`)
      await rig.tool.api(`uuid_kill ${colleague}`)
      await rig.channels(0)
    },
  }
}

testOnBothSwitches(
  t,
  [
    joined('the caller named first', (caller, colleague) => `${caller} ${colleague}`),
    joined('the colleague named first', (caller, colleague) => `${colleague} ${caller}`),
  ],
  {
    '1': ['set acd_tenant=default', 'answer', 'park'],
    '2': ['ring_ready', 'sleep 100', 'answer', 'park'],
  },
  testOverlay,
)
