import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { repositoryFile } from '../rigs/repository-file.ts'
import { flowScenarios } from './flow-scenarios.ts'
import type { RunningFreeSwitch } from './freeswitch.ts'
import { quickPhone, Rig, testOverlay } from './rig.ts'
import { testOnFreeSwitch } from './scenario.ts'

/** A tenant with queue `q` at number 1000 and agents with these dial strings, offered in this order. */
function tenant(agents: Readonly<Record<string, string>>, queue = ''): string {
  const lines = Object.entries(agents).map(
    ([id, dial]) => `      ${id}: { dial: '${dial}'${id === 'off' ? ', status: loggedOut' : ''} }`,
  )
  return `    queues:
      q: { wrapUp: 0s, ringTime: 2s, music: 'tone_stream://%(2000,4000,440,480);loops=-1'${queue} }
      other: { wrapUp: 0s, music: silence }
    agentDefaults: { queues: [q, other], maxMisses: 0, rest: { busy: 0s, declined: 0s, noAnswer: 0s, unreachable: 0s } }
    agents:
${lines.join('\n')}
    routes:
      - { number: '1000', queue: q }
      - { number: '1001', queue: other }
      - { number: '6000', queue: q }`
}

/** No agent on duty. */
const nobody = { off: quickPhone('off') }

testOnFreeSwitch(t, testOverlay, async (t, fs) => {
  /** Runs a test with its own engine. Afterwards no channel may be left. */
  const scenario = (
    name: string,
    agents: Readonly<Record<string, string>>,
    run: (t: Test, rig: Rig) => Promise<void>,
    queue = '',
  ) =>
    t.test(name, async (t) => {
      const rig = await Rig.start(fs, tenant(agents, queue))
      try {
        await run(t, rig)
        t.equal(await rig.channels(0), 0, 'no channel is left')
        t.equal(rig.app.engine.liveCalls, 0, 'the engine has no call left')
        t.equal(rig.app.engine.liveAgentLegs, 0, 'the engine has no agent leg left')
      } finally {
        await rig.stop()
      }
    })

  await scenario(
    'an idle agent answers; the caller hangs up',
    { ann: quickPhone('ann') },
    async (t, rig) => {
      const callId = await rig.call()
      await rig.until('call.answered', callId)
      t.equal(rig.agentState('ann'), 'talking')
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
      t.strictSame(rig.story(callId), [
        'call.arrived',
        'call.queued',
        'call.offered ann',
        'call.answered ann',
        'call.completed by caller',
      ])
      await rig.channels(0)
      t.equal(rig.agentState('ann'), 'idle')
    },
  )

  await scenario(
    'the agent hangs up first; then the caller is hung up',
    { ann: quickPhone('ann') },
    async (t, rig) => {
      const callId = await rig.call()
      await rig.until('call.answered', callId)
      await rig.hangUp(await rig.joinedTo(callId))
      await rig.until('call.completed', callId)
      t.equal(rig.story(callId).at(-1), 'call.completed by agent')
    },
  )

  await scenario(
    'waiting callers hear music and are served in order',
    { ann: quickPhone('ann') },
    async (t, rig) => {
      // One after the other: the switch gives each caller a thread, and the threads may race.
      const first = await rig.call()
      await rig.until('call.answered', first)
      const second = await rig.call()
      await rig.until('call.queued', second)
      const third = await rig.call()
      await rig.until('call.queued', third)
      for (const waiting of [second, third]) {
        await sleep(100)
        t.equal(
          (await rig.tool.api(`uuid_getvar ${waiting} current_application`)).trim(),
          'playback',
        )
      }
      await rig.hangUp(first)
      await rig.until('call.answered', second)
      t.notOk(rig.story(third).includes('call.offered ann'), 'the third still waits')
      await rig.hangUp(second)
      await rig.until('call.answered', third)
      await rig.hangUp(third)
      await rig.until('call.completed', third)
    },
  )

  await scenario('a caller gives up while waiting', { ann: quickPhone('ann') }, async (t, rig) => {
    const first = await rig.call()
    await rig.until('call.answered', first)
    const second = await rig.call()
    await rig.until('call.queued', second)
    await rig.hangUp(second)
    t.match(await rig.until('call.abandoned', second), { wasRinging: false })
    await rig.hangUp(first)
    await rig.until('call.completed', first)
  })

  await scenario(
    'a caller gives up while the agent’s phone rings',
    { ann: 'loopback/3001/public' },
    async (t, rig) => {
      const callId = await rig.call()
      await rig.until('call.offered', callId)
      await sleep(300)
      await rig.hangUp(callId)
      t.match(await rig.until('call.abandoned', callId), { wasRinging: true })
      t.equal(await rig.channels(0), 0)
      t.equal(rig.agentState('ann'), 'idle')
    },
  )

  const phones: readonly [string, string, string][] = [
    ['busy', 'loopback/4001/public', 'busy'],
    ['rejecting', 'loopback/5001/public', 'declined'],
    ['silent', 'loopback/3001/public', 'noAnswer'],
    ['unregistered', 'user/nobody@127.0.0.1', 'unreachable'],
    ['gateway-less', 'sofia/gateway/none/123', 'unreachable'],
    ['unplugged', 'sofia/switchyard/2001@127.0.0.1:1', 'unreachable'],
  ]
  for (const [what, dial, outcome] of phones) {
    await scenario(
      `a ${what} phone: the next agent gets the call`,
      { ann: dial, bob: quickPhone('bob') },
      async (t, rig) => {
        const callId = await rig.call()
        await rig.until('call.answered', callId)
        t.strictSame(rig.story(callId), [
          'call.arrived',
          'call.queued',
          'call.offered ann',
          `call.offerEnded ann ${outcome}`,
          'call.offered bob',
          'call.answered bob',
        ])
        await rig.hangUp(callId)
        await rig.until('call.completed', callId)
      },
    )
  }

  await t.test('after maxMisses missed calls the agent is on break', async (t) => {
    const config = tenant({ ann: 'loopback/3001/public' }).replace('maxMisses: 0', 'maxMisses: 1')
    const rig = await Rig.start(fs, config)
    const callId = await rig.call()
    await rig.until('call.offerEnded', callId)
    t.equal(rig.agentState('ann'), 'off')
    await rig.hangUp(callId)
    await rig.until('call.abandoned', callId)
    t.equal(await rig.channels(0), 0)
    await rig.stop()
  })

  await scenario(
    'an answer and a hang-up at the same moment leave no channel behind',
    { ann: 'loopback/2001/public' },
    async (t, rig) => {
      for (let delay = 0; delay < 20; delay++) {
        const callId = await rig.call()
        await new Promise<void>((resolve) => {
          const stop = rig.tool.listen((event) => {
            if (event['Event-Name'] === 'CHANNEL_ANSWER' && event['variable_acd_call'] === callId) {
              stop()
              setTimeout(resolve, delay * 3)
            }
          })
        })
        await rig.hangUp(callId)
        t.equal(await rig.channels(0), 0)
        const endingsOf = () =>
          rig.story(callId).filter((line) => /abandoned|completed|lost/.test(line))
        for (let waited = 0; endingsOf().length === 0 && waited < 5_000; waited += 20) {
          await sleep(20)
        }
        const endings = endingsOf()
        t.equal(endings.length, 1, `it ends once: ${endings.join()}`)
        t.equal(rig.agentState('ann'), 'idle')
      }
    },
  )

  await scenario(
    'a hold is published',
    { ann: `sofia/switchyard/2001@127.0.0.1:${fs.sipPort}` },
    async (t, rig) => {
      const callId = await rig.callOverSip(fs.sipPort)
      await rig.until('call.answered', callId)
      const agentLeg = await rig.joinedTo(callId)
      await rig.tool.api(`uuid_hold ${agentLeg}`)
      await rig.until('call.held', callId)
      await sleep(200)
      await rig.tool.api(`uuid_hold off ${agentLeg}`)
      t.ok((await rig.until('call.resumed', callId)).holdMs >= 200)
      await rig.hangUp(callId)
      t.ok((await rig.until('call.completed', callId)).holdMs >= 200)
    },
  )

  await scenario(
    'a transfer from a conversation to another hotline number is a new call',
    { ann: quickPhone('ann') },
    async (t, rig) => {
      const callId = await rig.call()
      await rig.until('call.answered', callId)
      await rig.tool.api(`uuid_transfer ${callId} 1001 XML public`)
      await rig.until('call.transferred', callId)
      await rig.until('call.answered', callId, 2)
      t.match(await rig.until('call.queued', callId, 2), { queue: 'other' })
      await rig.hangUp(callId)
      await rig.until('call.completed', callId)
    },
  )

  await scenario(
    'a call transferred elsewhere goes on, and the agent is free',
    { ann: quickPhone('ann') },
    async (t, rig) => {
      const callId = await rig.call()
      await rig.until('call.answered', callId)
      await rig.tool.api(`uuid_transfer ${callId} 9000 XML public`)
      await rig.until('call.transferred', callId)
      t.equal(await rig.channels(1), 1, 'the caller alone')
      t.equal(rig.agentState('ann'), 'idle')
      t.equal(rig.app.engine.liveCalls, 0)
      await rig.hangUp(callId)
    },
  )

  await scenario('a waiting call that is transferred away goes on', nobody, async (t, rig) => {
    const callId = await rig.call()
    await rig.until('call.queued', callId)
    await rig.tool.api(`uuid_transfer ${callId} 9000 XML public`)
    await rig.until('call.transferred', callId)
    t.equal(await rig.channels(1), 1)
    await rig.hangUp(callId)
  })

  await scenario(
    'after maxWait the queue transfers the caller',
    nobody,
    async (t, rig) => {
      const callId = await rig.call()
      t.match(await rig.until('call.overflowed', callId), { to: 'transfer 9000' })
      await sleep(200)
      t.equal((await rig.tool.api(`uuid_getvar ${callId} current_application`)).trim(), 'playback')
      await rig.hangUp(callId)
    },
    ", maxWait: 1s, whenMaxWait: { transfer: '9000 XML public' }",
  )

  await scenario(
    'an engine that takes a call cancels the dialplan’s fallback',
    nobody,
    async (t, rig) => {
      const callId = await rig.call('6000')
      await rig.until('call.queued', callId)
      await sleep(2_000)
      t.equal(rig.app.engine.liveCalls, 1, 'the fallback was due, and the caller still waits')
      await rig.hangUp(callId)
      await rig.until('call.abandoned', callId)
    },
  )

  await t.test('without an engine the dialplan’s fallback takes the caller', async (t) => {
    const rig = await Rig.start(fs, tenant(nobody))
    await rig.app.stop()
    const callId = await rig.call('6000')
    await sleep(2_000)
    t.equal((await rig.tool.api(`uuid_getvar ${callId} current_application`)).trim(), 'playback')
    await rig.stop()
  })

  await t.test('the next engine adopts waiting and talking calls, with their places', async (t) => {
    const first = await Rig.start(fs, tenant({ ann: quickPhone('ann') }))
    const [talking, waiting] = [await first.call(), await first.call()]
    await first.until('call.answered', talking)
    await first.until('call.queued', waiting)
    const { enqueuedAt } = await first.until('call.queued', waiting)
    await first.app.stop()
    const second = await Rig.start(fs, tenant({ ann: quickPhone('ann') }))
    t.match(await second.until('call.queued', waiting), { enqueuedAt, isAdopted: true })
    t.equal(second.agentState('ann'), 'talking')
    await second.hangUp(talking)
    await second.until('call.completed', talking)
    await second.until('call.answered', waiting)
    await second.hangUp(waiting)
    await second.until('call.completed', waiting)
    t.equal(await second.channels(0), 0)
    await second.stop()
    first.tool.close()
  })

  await t.test('flows', (t) => flowScenarios(t, fs))

  const sipp = spawnSync('sipp', ['-v']).error === undefined
  await t.test(
    'callers and an agent on SIP phones',
    { skip: sipp ? false : 'no SIPp: install it (package sip-tester) to test SIP phones' },
    async (t) => {
      const phonePort = fs.sipPort + 1
      const phone = startSipp(['-sn', 'uas', '-p', `${phonePort}`])
      const rig = await Rig.start(
        fs,
        tenant({ ann: `sofia/switchyard/ann@127.0.0.1:${phonePort}` }),
      )
      const callers = startSipp([
        ...['-sn', 'uac', `127.0.0.1:${fs.sipPort}`, '-s', '1000'],
        ...['-p', `${phonePort + 1}`, '-m', '5', '-r', '5', '-d', '500'],
      ])
      const [status] = (await once(callers, 'exit')) as [number | null]
      t.equal(status, 0, 'SIPp reports that all callers were served')
      t.equal(await rig.channels(0), 0)
      const answered = rig.app.metrics.tally.tenants.get('default')?.queues.get('q')?.answered
      t.equal(answered, 5)
      await rig.stop()
      phone.kill('SIGKILL')
    },
  )

  await t.test(
    'a phone that forwards its calls to the switch loses no caller, and stops no other phone',
    { skip: sipp ? false : 'no SIPp: install it (package sip-tester) to test SIP phones' },
    async (t) => {
      const phonePort = fs.sipPort + 3
      const file = join(t.testdir(), 'forwards.xml')
      writeFileSync(file, forwards(`sip:5551234@127.0.0.1:${fs.sipPort}`))
      const phone = startSipp(['-sf', file, '-p', `${phonePort}`])
      const agents = {
        ann: 'loopback/3001/public',
        fwd: `sofia/switchyard/fwd@127.0.0.1:${phonePort}`,
      }
      const rig = await Rig.start(fs, tenant(agents, ', strategy: ringAll'))
      const callId = await rig.call()
      t.match(await rig.until('call.offerEnded', callId), {
        agent: 'fwd',
        outcome: 'unreachable',
        cause: 'REQUESTED_CHAN_UNAVAIL',
      })
      await sleep(300)
      t.equal(rig.agentState('ann'), 'ringing', 'the other phone rings on')
      await rig.hangUp(callId)
      await rig.until('call.abandoned', callId)
      t.equal(await rig.channels(0), 0)
      await rig.stop()
      phone.kill('SIGKILL')
    },
  )

  await t.test('1,000 calls at 40 per second: none is lost, no channel is left', async (t) => {
    await thousandCalls(t, fs)
  })
})

testOnFreeSwitch(
  t,
  {
    ...testOverlay,
    // As shipped, with a variable that nobody sets.
    'dialplan/switchyard.xml': readFileSync(
      repositoryFile('freeswitch-conf/dialplan/switchyard.xml'),
      'utf8',
    ).replaceAll('{acd_numbers}', '{acd_not_set}'),
  },
  async (t, fs) => {
    const rig = await Rig.start(fs, tenant(nobody))
    await rig.tool.api('originate {null_enable_auto_answer=true}null/caller 112 XML public')
    await sleep(300)
    t.strictSame(rig.heard.ofEngine, [], 'without acd_numbers no number is a hotline')
    t.equal(await rig.channels(0), 0)
    await rig.stop()
  },
)

function startSipp(args: readonly string[]): ChildProcess {
  return spawn('sipp', [...args, '-i', '127.0.0.1', '-nostdin'], { stdio: 'ignore' })
}

/** A SIPp scenario: a phone that forwards every call. */
function forwards(contact: string): string {
  const answer = `SIP/2.0 302 Moved Temporarily
[last_Via:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <${contact}>
Content-Length: 0`
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="forwards">
  <recv request="INVITE"/>
  <send><![CDATA[

${answer}

]]></send>
  <recv request="ACK"/>
</scenario>
`
}

async function thousandCalls(t: Test, fs: RunningFreeSwitch): Promise<void> {
  const agents = Object.fromEntries(
    Array.from({ length: 120 }, (_, index) => [`a${index}`, quickPhone(`a${index}`)]),
  )
  const rig = await Rig.start(fs, tenant(agents))
  const placed: Promise<string>[] = []
  rig.tool.listen((event) => {
    if (event['Event-Name'] === 'CHANNEL_BRIDGE') {
      const callId = event['Unique-ID'] ?? ''
      setTimeout(() => void rig.hangUp(callId), 2_000)
    }
  })
  for (let index = 0; index < 1_000; index++) {
    placed.push(rig.call())
    await sleep(25)
  }
  const callIds = await Promise.all(placed)
  for (const callId of callIds) {
    await rig.until('call.completed', callId)
  }
  t.equal(new Set(callIds).size, 1_000)
  t.strictSame(
    callIds.filter((callId) => rig.of(callId).some(({ type }) => type === 'call.lost')),
    [],
  )
  t.equal(await rig.channels(0), 0, 'no channel is left')
  t.equal(rig.app.engine.liveCalls, 0)
  await rig.stop()
}
