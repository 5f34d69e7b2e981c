import { createServer } from 'node:net'
import t from 'tap'
import type { SwitchId } from '../catalogue/ids.ts'
import { apiReply, okReply, password, plain, startRig, until } from '../rigs/esl-rig.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { createFreeSwitch } from './free-switch.ts'

const goodbye = 'Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n'
const hangup = (legId: string) =>
  plain({
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': legId,
    'Event-Date-Timestamp': '1795299086384407',
    'Hangup-Cause': 'NORMAL_CLEARING',
  })

t.test(
  'it subscribes only to events in use, and is connected once the subscription is acknowledged',
  async (t) => {
    const { peer, reported, hasReported, metered } = await startRig(t)
    const client = await peer.client()
    client.write('Content-Type: auth/request\n\n')
    t.equal(await client.command(), `auth ${password}`)
    client.write('Content-Type: command/reply\nReply-Text: +OK accepted\n\n')
    const filters = [
      'Event-Name CHANNEL_PARK',
      'Event-Name CHANNEL_UNPARK',
      'Event-Name CHANNEL_ANSWER',
      'Event-Name CHANNEL_BRIDGE',
      'Event-Name CHANNEL_UNBRIDGE',
      'Event-Name CHANNEL_HOLD',
      'Event-Name CHANNEL_UNHOLD',
      'Event-Name CHANNEL_HANGUP_COMPLETE',
      'Event-Name BACKGROUND_JOB',
      'Application bridge',
      'Application-UUID-Name acd-prompt',
      'Channel-State CS_NONE',
    ]
    for (const filter of filters) {
      t.equal(await client.command(), `filter ${filter}`)
      client.write(okReply)
    }
    t.equal(
      await client.command(),
      'event plain CHANNEL_PARK CHANNEL_UNPARK CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_HANGUP_COMPLETE BACKGROUND_JOB CHANNEL_EXECUTE_COMPLETE CHANNEL_DESTROY',
    )
    await until(() => metered.filter((line) => line === 'filter ok').length === filters.length)
    t.strictSame(reported, [])
    client.write(okReply + hangup('leg'))
    await hasReported(2)
    t.strictSame(reported, ['connected', 'legHungUp'])
    t.match(metered.slice(-3), ['event ok', 'up true', 'decoded CHANNEL_HANGUP_COMPLETE'])
  },
)

t.test('a refused password has its own error, which does not contain the password', async (t) => {
  const { peer, hasReported, errors, logged } = await startRig(t)
  const client = await peer.client()
  client.write('Content-Type: auth/request\n\n')
  await client.command()
  client.write('Content-Type: command/reply\nReply-Text: -ERR invalid\n\n')
  await hasReported(1)
  t.match(errors, [{ code: 'SY_ESL_AUTH_REFUSED', message: /event_socket\.conf\.xml/ }])
  t.notMatch(logged.join() + errors.join(), password)
  await client.closed()
})

t.test('a refusal by access list has its own error', async (t) => {
  const { peer, hasReported, errors } = await startRig(t)
  const client = await peer.client()
  client.write('Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n')
  await hasReported(1)
  t.match(errors, [{ code: 'SY_ESL_ACL_REFUSED', message: /apply-inbound-acl/ }])
})

for (const [what, greeting] of [
  ['sends nothing', ''],
  ['asks for the password and ignores it', 'Content-Type: auth/request\n\n'],
] as const) {
  t.test(`a server that ${what} is mute`, async (t) => {
    const { peer, clock, hasReported, errors } = await startRig(t)
    const client = await peer.client()
    client.write(greeting)
    await (greeting === '' ? new Promise((resolve) => setImmediate(resolve)) : client.command())
    clock.advance(5_000)
    await hasReported(1)
    t.match(errors, [{ code: 'SY_ESL_MUTE', message: /listen-port/ }])
    await client.closed()
  })
}

t.test(
  'a host that does not accept the connection is reported as disconnected, not as mute',
  async (t) => {
    const { clock, hasReported, errors } = await startRig(t)
    clock.advance(5_000)
    await hasReported(1)
    t.match(errors, [
      { code: 'SY_SWITCH_DISCONNECTED', message: /^no connection to 127\.0\.0\.1:/ },
    ])
  },
)

t.test(
  'a port where nothing listens is tried again, with growing pauses up to a limit',
  async (t) => {
    const unused = createServer()
    const port = await new Promise<number>((resolve) =>
      unused.listen(0, '127.0.0.1', () => resolve((unused.address() as { port: number }).port)),
    )
    await new Promise((resolve) => unused.close(resolve))
    const { clock, reported, errors, logged } = await startRig(t, { port })
    const waits: (number | undefined)[] = []
    for (let i = 0; i < 9; i++) {
      // While an attempt runs, the only timer is its own limit of 5,000 ms.
      await until(() => clock.nextInMs !== undefined && clock.nextInMs !== 5_000)
      waits.push(clock.nextInMs)
      clock.advance(clock.nextInMs ?? 0)
    }
    t.strictSame(waits, [75, 150, 300, 600, 1_200, 2_400, 3_750, 3_750, 3_750])
    t.strictSame(reported, ['SY_SWITCH_DISCONNECTED'], 'reported once, not at each attempt')
    t.match(errors[0]?.message, 'ECONNREFUSED')
    t.equal(logged.length, 1)
  },
)

for (const [what, bytes, code] of [
  ['the switch says goodbye', goodbye, 'SY_SWITCH_DISCONNECTED'],
  ['a frame has a negative length', 'Content-Length: -1\n\n', 'SY_ESL_PROTOCOL'],
] as const) {
  t.test(`when ${what}, it reconnects, and never holds two sockets`, async (t) => {
    const { peer, clock, reported, hasReported } = await startRig(t)
    for (let round = 0; round < 3; round++) {
      const client = await peer.subscribedClient()
      await hasReported(1 + round * 2)
      client.write(hangup('throw') + bytes)
      await client.closed()
      await hasReported(3 + round * 3 - round)
      await until(() => clock.nextInMs !== undefined && clock.nextInMs < 1_000)
      clock.advance(1_000)
    }
    await peer.subscribedClient()
    await until(() => reported.filter((line) => line === 'connected').length === 4)
    t.strictSame(reported, [
      ...Array.from({ length: 3 }, () => ['connected', 'legHungUp', code]).flat(),
      'connected',
    ])
    t.equal(peer.mostLive, 1)
  })
}

t.test('a refused subscription is reported, and tried again', async (t) => {
  const { peer, hasReported, errors } = await startRig(t)
  const client = await peer.client()
  client.write('Content-Type: auth/request\n\n')
  client.write('Content-Type: command/reply\nReply-Text: +OK accepted\n\n')
  client.write('Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n')
  await hasReported(1)
  t.match(errors, [{ code: 'SY_SWITCH_REFUSED', message: /permission denied/ }])
})

t.test('a half-open connection is noticed within 10 s', async (t) => {
  const { peer, clock, reported, hasReported, metered } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  clock.advance(4_000)
  client.write(hangup('leg'))
  await hasReported(2)
  clock.advance(4_999)
  t.equal(
    client.reads.join('').includes('uptime'),
    false,
    'a switch that sends events is not probed',
  )
  clock.advance(1)
  t.equal(await client.command(), 'api uptime')
  client.write(apiReply('17'))
  await until(() => metered.includes('uptime ok'))
  clock.advance(5_000)
  t.equal(await client.command(), 'api uptime')
  clock.advance(5_000)
  await hasReported(3)
  t.strictSame(reported, ['connected', 'legHungUp', 'SY_SWITCH_TIMEOUT'])
})

t.test('after a long connection the first new attempt comes quickly again', async (t) => {
  const { peer, clock, hasReported } = await startRig(t)
  const first = await peer.client()
  first.socket.destroy()
  await until(() => clock.nextInMs === 75)
  clock.advance(75)
  const second = await peer.subscribedClient()
  await hasReported(2)
  for (let s = 0; s < 6; s++) {
    clock.advance(1_000)
    second.write(hangup('leg'))
    await hasReported(3 + s)
  }
  second.socket.destroy()
  await until(() => clock.nextInMs === 75)
})

t.test('stopping answers the open commands and ends reconnecting', async (t) => {
  const { sw, peer, clock, reported, hasReported, send } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  const open = send({ type: 'hangUp', legId: 'leg' as never, cause: 'NORMAL_CLEARING' })
  const stopped = sw.stop()
  t.match(await open, { ok: false, reason: 'disconnected' })
  await stopped
  t.equal(
    await client.command(),
    'api uuid_kill leg NORMAL_CLEARING',
    'commands that were sent still go out',
  )
  t.strictSame(reported, ['connected'])
  t.equal(clock.nextInMs, undefined)
  await sw.stop()
})

t.test('stopping does not wait for a peer that keeps its side open', async (t) => {
  const { sw, peer, clock, hasReported } = await startRig(t)
  const client = await peer.subscribedClient()
  await hasReported(1)
  client.socket.pause()
  const stopped = sw.stop()
  clock.advance(1_000)
  await stopped
  t.pass('stopped')
})

t.test(
  'an observer that throws at a loss is logged, and the switch reconnects all the same',
  async (t) => {
    const { peer, clock, logged, hasReported } = await startRig(t, {}, () => {
      throw new Error('observer')
    })
    const client = await peer.subscribedClient()
    await hasReported(1)
    client.socket.destroy()
    await until(() => logged.some((line) => line.includes('listener')))
    clock.advance(5_000)
    await peer.subscribedClient()
    await until(() => logged.filter((line) => line.includes('switch connected')).length === 2)
  },
)

t.test('options that can never connect are refused at once', async (t) => {
  const options = {
    id: 'fs1' as SwitchId,
    host: '127.0.0.1',
    port: 8021,
    password,
    clock: new ManualClock(1_000_000),
    random: () => 0,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  }
  t.throws(() => createFreeSwitch({ ...options, password: 'a\nb' }), { code: 'SY_ESL_UNSAFE' })
  t.throws(() => createFreeSwitch({ ...options, port: 0 }), { code: 'SY_CONFIG_INVALID' })
  t.equal(createFreeSwitch(options).id, 'fs1')
})
