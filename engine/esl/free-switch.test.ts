import t from 'tap'
import type { AgentId, CallId, LegId, OfferId } from '../catalogue/ids.ts'
import { apiReply, okReply, plain, startRig, until } from '../rigs/esl-rig.ts'
import { readTrace } from '../rigs/recorded.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import type { PeerClient } from './scripted-peer.ts'

const callId = 'call-1' as CallId
const take: SwitchCommand = {
  type: 'takeCall',
  callId,
  marks: { state: 'waiting' },
  ringback: undefined,
  wayOutTask: '42',
}
const music: SwitchCommand = { type: 'playMusic', callId, source: 'local_stream://moh' }
const offer: SwitchCommand = {
  type: 'offer',
  callId,
  tenant: 'acme',
  offerId: 'offer-1' as OfferId,
  legs: [
    {
      legId: 'leg-1' as LegId,
      agentId: 'ann' as AgentId,
      address: 'null/ann',
      startAfterMs: 0,
    },
  ],
  ringMs: 15_000,
}
const kill: SwitchCommand = { type: 'hangUp', legId: 'leg-1' as LegId, cause: 'NORMAL_CLEARING' }

t.test('the commands of one turn go out in one write and are answered in order', async (t) => {
  const { sw, peer, hasReported, metered } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  client.reads.length = 0
  const answers: string[] = []
  const note = (name: string) => (result: { ok: boolean }) => answers.push(`${name} ${result.ok}`)
  sw.send(take, note('take'))
  sw.send(music, note('music'))
  sw.send(offer, note('offer'))
  t.strictSame(answers, [])
  const commands = [
    'api uuid_setvar_multi call-1 acd_state=waiting;hangup_after_bridge=false;park_after_bridge=false;continue_on_fail=true;playback_terminators=none',
    'api sched_del 42',
    'sendmsg call-1\ncall-command: execute\nexecute-app-name: playback\nexecute-app-arg: local_stream://moh',
    'sendmsg call-1\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {origination_uuid=leg-1,leg_timeout=15,acd_agent=ann,acd_call=call-1,acd_tenant=acme,ignore_early_media=true,outbound_redirect_fatal=true}null/ann\nevent-uuid: offer-1',
  ]
  for (const command of commands) {
    t.equal(await client.command(), command)
  }
  t.strictSame(client.reads, [commands.map((command) => `${command}\n\n`).join('')])
  client.write(apiReply('+OK\n') + apiReply('+OK Deleted: 1\n') + okReply)
  client.write('Content-Type: command/reply\nReply-Text: -ERR invalid session id [call-1]\n\n')
  await until(() => answers.length === 3)
  t.strictSame(answers, ['take true', 'music true', 'offer false'])
  t.strictSame(metered.slice(-4), [
    'uuid_setvar_multi ok',
    'sched_del ok',
    'playback ok',
    'bridge refused',
  ])
})

t.test('a refusal is a value with the message of the switch', async (t) => {
  const { peer, hasReported, send } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const taken = send(take)
  const killed = send(kill)
  client.write(apiReply('-ERR No such channel!\n-USAGE: x\n') + apiReply('+OK Deleted: 0\n'))
  client.write(apiReply('-ERR No such channel!\n'))
  const gone = { ok: false, reason: 'noSuchLeg', message: '-ERR No such channel!' }
  t.strictSame([await taken, await killed], [gone, gone])
  const again = send(kill)
  client.write(apiReply('-ERR permission denied\n'))
  t.strictSame(await again, { ok: false, reason: 'refused', message: '-ERR permission denied' })
})

t.test(
  'unsafe commands are refused, and those without a connection are answered; never within the call of `send`',
  async (t) => {
    const { sw, peer, hasReported, send } = await startRig(t)
    let answers = 0
    sw.send(kill, () => answers++)
    sw.send({ ...kill, cause: 'X\n\napi shutdown' }, () => answers++)
    sw.send(kill)
    t.equal(answers, 0)
    t.match(await send(kill), { ok: false, reason: 'disconnected' })
    t.match(await send({ ...kill, cause: 'X\n\napi shutdown' }), { ok: false, reason: 'refused' })
    t.equal(answers, 2)
    await peer.subscribedClient()
    await hasReported(1)
    t.match(await send({ ...kill, cause: 'X\n\napi shutdown' }), {
      ok: false,
      reason: 'refused',
      message: /SY_ESL_UNSAFE/,
    })
    t.strictSame(await send({ type: 'markCall', callId, marks: {} }), {
      ok: true,
    })
  },
)

t.test('a command is answered once: at its limit, or when the socket dies', async (t) => {
  const { peer, clock, hasReported, send } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const late = send(kill)
  clock.advance(4_000)
  const lost = send(kill)
  clock.advance(1_000)
  t.match(await late, { ok: false, reason: 'timeout' })
  client.socket.destroy()
  t.match(await lost, { ok: false, reason: 'disconnected' })
})

/** Answers the oldest background command with `text`. @returns the command */
async function answerJob(client: PeerClient, text: string): Promise<string> {
  const [command = '', job = ''] = (await client.command()).split('\nJob-UUID: ')
  const event = `Event-Name: BACKGROUND_JOB\nJob-UUID: ${job}\nContent-Length: ${text.length}\n\n${text}`
  client.write(
    `${okReply}Content-Length: ${event.length}\nContent-Type: text/event-plain\n\n${event}`,
  )
  return command
}

const dial: SwitchCommand = {
  type: 'dial',
  legId: 'leg-1' as LegId,
  address: 'sofia/gateway/out/79161234567',
  ringMs: 30_000,
  callerId: undefined,
  marks: { tenant: 'acme', origin: 'callback' },
}

t.test('a dial is answered when it ends, with the bare cause of a failure', async (t) => {
  const { peer, hasReported, send, metered } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const answered = send(dial)
  t.equal(
    await answerJob(client, '+OK leg-1\n'),
    'bgapi originate {^^!origination_uuid=leg-1!leg_timeout=30!originate_timeout=32!ignore_early_media=true!outbound_redirect_fatal=true!acd_tenant=acme!acd_origin=callback}sofia/gateway/out/79161234567 &park()',
  )
  t.strictSame(await answered, { ok: true })
  const busy = send(dial)
  await answerJob(client, '-ERR USER_BUSY\n')
  t.strictSame(await busy, { ok: false, reason: 'refused', message: 'USER_BUSY', outcome: 'busy' })
  const noThread = send(dial)
  await client.command()
  client.write('Content-Type: command/reply\nReply-Text: -ERR no thread\n\n')
  t.strictSame(await noThread, {
    ok: false,
    reason: 'refused',
    message: 'no thread',
    outcome: 'failed',
  })
  t.ok(metered.includes('originate ok'))
})

t.test('a loopback that did not get its id is hung up', async (t) => {
  const { peer, hasReported, send } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const dialled = send(dial)
  await answerJob(client, '+OK another\n')
  t.strictSame(await dialled, {
    ok: false,
    reason: 'refused',
    message: 'DESTINATION_OUT_OF_ORDER',
    outcome: 'unreachable',
  })
  t.equal(await client.command(), 'api uuid_kill another')
})

t.test('a dial may last its ringing time plus the time limit of a job', async (t) => {
  const { peer, clock, hasReported, send, metered } = await startRig(t, {
    limits: { jobMs: 1_000, silenceMs: 600_000 },
  })
  const client = await peer.subscribedClient()
  await hasReported(1)
  const ended: string[] = []
  const dialled = send(dial).then((result) => ended.push('dialled') && result)
  await client.command()
  client.write(okReply)
  await until(() => metered.includes('originate ok'))
  clock.advance(30_999)
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(ended, [])
  clock.advance(1)
  t.match(await dialled, { ok: false, reason: 'timeout', message: /31000 ms/ })
  const lost = send(dial)
  await client.command()
  client.write(okReply)
  client.socket.destroy()
  t.match(await lost, { ok: false, reason: 'disconnected' })
})

t.test('unexpected input is counted each time, logged once, and survived', async (t) => {
  const { peer, hasReported, logged, metered, reported } = await startRig(t, {
    limits: { bodyBytes: 500 },
  })
  const client = await peer.subscribedClient()
  await hasReported(1)
  const hangup = {
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': 'leg',
    'Event-Date-Timestamp': '1795299086384407',
    'Hangup-Cause': 'X',
  }
  for (let i = 0; i < 2; i++) {
    client.write(okReply)
    client.write('Content-Type: log/data\nContent-Length: 2\n\nhi')
    client.write('Content-Type: auth/request\n\n')
    client.write(plain({ 'Event-Name': 'CHANNEL_PARK', long: 'x'.repeat(501) }))
    client.write(plain({ 'Event-Name': 'CHANNEL_PARK' }))
    client.write(
      plain({
        ...hangup,
        'Event-Name': 'CHANNEL_PARK',
        variable_acd_tenant: 'acme',
        variable_acd_priority: 'high',
        'Caller-Caller-ID-Name': 'Secret%20Name%zz%FC',
      }),
    )
    client.write(plain(hangup))
  }
  await hasReported(5)
  t.strictSame(reported, ['connected', 'callParked', 'legHungUp', 'callParked', 'legHungUp'])
  const odd = [
    'odd replyUnasked',
    'odd unknownFrame',
    'odd unknownFrame',
    'odd bodyTooLarge',
    'odd eventMalformed',
    'odd valueMalformed',
  ]
  t.strictSame(
    metered.filter((line) => line.startsWith('odd')),
    [...odd, ...odd],
  )
  t.equal(logged.filter((line) => line.startsWith('warn')).length, odd.length)
  t.notMatch(logged.join(), 'Secret')
})

t.test('an observer that throws loses no event and is logged', async (t) => {
  const { peer, hasReported, logged } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const hold = (legId: string) =>
    plain({ 'Event-Name': 'CHANNEL_HOLD', 'Unique-ID': legId, 'Event-Date-Timestamp': '1000' })
  client.write(hold('throw') + hold('leg'))
  await hasReported(3)
  t.equal(logged.filter((line) => line.startsWith('error')).length, 1)
})

/** Answers `show channels` with `uuids`, and each dump by `dumps`. Resolves to the most dumps in flight at once. */
async function answerSnapshot(
  client: PeerClient,
  uuids: readonly string[],
  dumps: (args: string) => string,
): Promise<() => number> {
  const show = await client.command()
  const job = show.slice(show.indexOf('Job-UUID: ') + 10)
  const list = JSON.stringify(
    uuids.length === 0
      ? { row_count: 0 }
      : { row_count: uuids.length, rows: uuids.map((uuid) => ({ uuid })) },
  )
  const event = `Event-Name: BACKGROUND_JOB\nJob-UUID: ${job}\nContent-Length: ${list.length}\n\n${list}`
  client.write(
    `${okReply}Content-Length: ${event.length}\nContent-Type: text/event-plain\n\n${event}`,
  )
  let most = 0
  let pending: string[] = []
  const serve = async () => {
    for (;;) {
      const command = await client.command()
      pending.push(command)
      most = Math.max(most, pending.length)
      setImmediate(() => {
        const answered = pending
        pending = []
        client.write(answered.map((dump) => apiReply(dumps(dump.slice(14)))).join(''))
      })
    }
  }
  void serve()
  return () => most
}

t.test(
  'the other end of a conversation is read even if the list does not contain it yet',
  async (t) => {
    const { sw, peer, hasReported } = await startRig(t)
    const client = await peer.subscribedClient()
    await hasReported(1)
    const dumps: Record<string, unknown> = {
      caller: { variable_acd_tenant: 'acme', variable_bridge_to: 'agent' },
      agent: { variable_acd_tenant: 'acme', variable_acd_call: 'caller' },
    }
    const snapshot = sw.snapshot([])
    await answerSnapshot(client, ['caller'], (args) =>
      JSON.stringify(dumps[args.split(' ')[0] ?? '']),
    )
    t.strictSame(
      (await snapshot).map(({ legId }) => legId),
      ['caller', 'agent'],
    )
  },
)

t.test('a snapshot reads callers, agents and the legs that were requested', async (t) => {
  const { sw, peer, hasReported, metered } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const dumps: Record<string, unknown> = {
    caller: {
      'Channel-State': 'CS_EXECUTE',
      'Answer-State': 'answered',
      'Caller-Destination-Number': '1000',
      variable_acd_tenant: 'acme',
      variable_acd_queue: 'sales',
      variable_acd_enqueued_at: '1795298801514',
      variable_current_application: 'bridge',
      variable_bridge_to: 'agent',
      variable_DP_MATCH: ['1000', '1000'],
    },
    agent: {
      'Channel-State': 'CS_EXCHANGE_MEDIA',
      'Answer-State': 'ringing',
      variable_acd_tenant: 'acme',
      variable_acd_call: 'caller',
      variable_acd_agent: 'ann',
      variable_origination_uuid: 'agent',
      variable_bridge_uuid: 'an-earlier-one',
    },
    inner: {
      variable_acd_tenant: 'acme',
      variable_acd_call: 'caller',
      variable_origination_uuid: 'agent',
    },
    dialled: {
      'Channel-State': 'CS_CONSUME_MEDIA',
      'Answer-State': 'ringing',
      'Unique-ID': 'dialled',
      variable_acd_tenant: 'acme',
      variable_acd_origin: 'callback',
      variable_acd_customer: '79161234567',
      variable_origination_uuid: 'dialled',
    },
    'dialled-b': {
      'Unique-ID': 'dialled-b',
      variable_acd_tenant: 'acme',
      variable_acd_origin: 'callback',
      variable_origination_uuid: 'dialled',
    },
    foreign: { 'Channel-State': 'CS_EXECUTE' },
    asked: { 'Channel-State': 'CS_EXECUTE' },
    dead: { 'Channel-State': 'CS_REPORTING', variable_acd_tenant: 'acme' },
  }
  const most = await (async () => {
    const snapshot = sw.snapshot(['asked', 'nowhere'] as LegId[])
    const mostInFlight = await answerSnapshot(
      client,
      ['caller', 'agent', 'inner', 'dialled', 'dialled-b', 'foreign', 'dead', 'gone', 'broken'],
      (args) => {
        const [uuid = '', format] = args.split(' ')
        if (uuid === 'broken') {
          return format === 'json'
            ? '{"bad": \u0001'
            : 'Unique-ID: broken\nvariable_acd_tenant: a%zz\nChannel-State: CS_EXECUTE\n\n'
        }
        return uuid in dumps ? JSON.stringify(dumps[uuid]) : '-ERR No such channel!\n'
      },
    )
    const none = { joinedTo: undefined, isAnswered: false, activity: 'other' }
    const byId = (await snapshot).toSorted((a, b) => a.legId.localeCompare(b.legId))
    const caller = {
      isMarked: true,
      queue: undefined,
      dialledNumber: '',
      callerNumber: '',
      callerName: '',
      enqueuedAt: undefined,
      priority: undefined,
      wayOutTask: undefined,
      inQueue: undefined,
      inFlow: undefined,
      flowBy: undefined,
      requires: undefined,
      preferredAgents: undefined,
      preferredHold: undefined,
      unreadable: undefined,
      chargedTo: undefined,
      takenNumber: undefined,
      state: undefined,
      enteredAt: undefined,
      answeredAt: undefined,
      origin: undefined,
      customerNumber: undefined,
    }
    t.strictSame(byId, [
      {
        ...none,
        legId: 'agent',
        caller: undefined,
        agentLeg: { callId: 'caller', agentId: 'ann', tenant: 'acme' },
      },
      { ...none, legId: 'asked', caller: undefined, agentLeg: undefined },
      { ...none, legId: 'broken', caller: { ...caller, tenant: 'a%zz' }, agentLeg: undefined },
      {
        legId: 'caller',
        joinedTo: 'agent',
        isAnswered: true,
        activity: 'bridging',
        caller: {
          ...caller,
          tenant: 'acme',
          queue: 'sales',
          dialledNumber: '1000',
          enqueuedAt: 1_795_298_801_514,
        },
        agentLeg: undefined,
      },
      {
        ...none,
        legId: 'dialled',
        caller: { ...caller, tenant: 'acme', origin: 'callback', customerNumber: '79161234567' },
        agentLeg: undefined,
      },
    ])
    return mostInFlight
  })()
  t.ok(most() > 1)
  t.ok(metered.includes('show ok'))
})

t.test('a snapshot keeps to its limit of dumps in flight', async (t) => {
  const { sw, peer, hasReported } = await startRig(t, { limits: { dumpsInFlight: 3 } })
  const client = await peer.subscribedClient()
  await hasReported(1)
  const snapshot = sw.snapshot([])
  const most = await answerSnapshot(
    client,
    Array.from({ length: 40 }, (_, i) => `leg-${i}`),
    () => '-ERR No such channel!\n',
  )
  t.strictSame(await snapshot, [])
  t.equal(most(), 3)
})

t.test('a recorded dump of joined channels is read', async (t) => {
  const { sw, peer, hasReported } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const dumps = new Map(
    readTrace('resync-after-reconnect')
      .filter(({ dir, data }) => dir === '<' && data.includes('"CHANNEL_DATA"'))
      .map(({ data }) => data.slice(data.indexOf('{')))
      .map((json) => [(JSON.parse(json) as { 'Unique-ID': LegId })['Unique-ID'], json] as const),
  )
  const [first, second] = [...dumps.keys()]
  const snapshot = sw.snapshot(dumps.keys())
  await answerSnapshot(client, [], (args) => dumps.get(args.split(' ')[0] as LegId) ?? '')
  const leg = { isAnswered: true, caller: undefined, activity: 'parked' }
  t.match(await snapshot, [
    { ...leg, legId: first, joinedTo: second },
    { ...leg, legId: second, joinedTo: first, agentLeg: { callId: first, agentId: '' } },
  ])
})

t.test('a snapshot that fails is an error with the reason', async (t) => {
  const { sw, peer, clock, hasReported, metered } = await startRig(t, {
    limits: { silenceMs: 60_000 },
  })
  await t.rejects(sw.snapshot([]), { code: 'SY_SWITCH_DISCONNECTED' })
  const client = await peer.subscribedClient()
  await hasReported(1)
  const denied = sw.snapshot([])
  await client.command()
  client.write('Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n')
  await t.rejects(denied, { code: 'SY_SWITCH_REFUSED' })
  const odd = sw.snapshot([])
  const show = await client.command()
  const event = `Event-Name: BACKGROUND_JOB\nJob-UUID: ${show.slice(show.indexOf('Job-UUID: ') + 10)}\nContent-Length: 4\n\nnope`
  client.write(
    `${okReply}Content-Length: ${event.length}\nContent-Type: text/event-plain\n\n${event}`,
  )
  await t.rejects(odd, { code: 'SY_SWITCH_REFUSED' })
  const slow = sw.snapshot([])
  await client.command()
  client.write(okReply)
  await until(() => metered.filter((line) => line === 'show ok').length === 2)
  clock.advance(15_000)
  await t.rejects(slow, { code: 'SY_SWITCH_TIMEOUT' })
})
