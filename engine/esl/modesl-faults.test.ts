import { EventEmitter, once } from 'node:events'
import esl from 'modesl'
import tap from 'tap'
import type { SwitchyardError } from '../errors.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { defaultFrameLimits, FrameReader } from './frame-reader.ts'
import { noMeter } from './meter.ts'
import { OddCounter } from './odd-counter.ts'
import type { EslReply } from './reply-queue.ts'
import { type PeerClient, ScriptedPeer } from './scripted-peer.ts'
import { EslSession } from './session.ts'

/*
 * For each fault of modesl 1.2.1 as shipped: the fault, and proof that our
 * session does not have it.
 */

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const ok = 'Content-Type: command/reply\nReply-Text: +OK\n\n'

interface Fixed {
  readonly session: EslSession
  readonly client: PeerClient
  readonly clock: ManualClock
  readonly closed: Promise<SwitchyardError>
  readonly events: string[]
}

/** Our session, after its password. */
async function fixed(peer: ScriptedPeer, password = 'pw'): Promise<Fixed> {
  const clock = new ManualClock(1_000_000)
  const events: string[] = []
  const emitter = new EventEmitter()
  const closed = once(emitter, 'closed').then(([error]) => error as SwitchyardError)
  const session = new EslSession(
    {
      host: '127.0.0.1',
      port: peer.port,
      password,
      commandMs: 5_000,
      jobMs: 15_000,
      handshakeMs: 5_000,
      frames: defaultFrameLimits,
    },
    { clock, random: () => 0.5, meter: noMeter, odd: new OddCounter(silent, noMeter, 'fs') },
    {
      ready: () => emitter.emit('ready'),
      event: (event) => {
        events.push(event.get('Event-Name') ?? '')
        if (event.get('Throw') !== undefined) {
          throw new Error('listener')
        }
      },
      closed: (error) => emitter.emit('closed', error),
    },
  )
  const ready = once(emitter, 'ready')
  const client = await peer.client()
  client.write('Content-Type: auth/request\n\n')
  tap.equal(await client.command(), `auth ${password}`)
  client.write(ok)
  await ready
  return { session, client, clock, closed, events }
}

/** modesl's own session, after its password and its own subscription. */
async function shipped(
  peer: ScriptedPeer,
): Promise<{ session: InstanceType<typeof esl.Connection>; client: PeerClient }> {
  const session = new esl.Connection('127.0.0.1', peer.port, 'pw')
  session.on('error', () => {})
  const client = await peer.client()
  client.write('Content-Type: auth/request\n\n')
  await client.command()
  client.write('Content-Type: command/reply\nReply-Text: +OK accepted\n\n')
  await client.command()
  client.write(ok)
  return { session, client }
}

/** A peer, closed when the test ends. */
async function listen(t: Pick<typeof tap, 'teardown'>): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.listen()
  t.teardown(() => peer.close())
  return peer
}

function shippedParser(seen: string[] = []): (bytes: string) => void {
  const socket = new EventEmitter()
  new esl.Parser(socket).on('esl::event', (event) => {
    seen.push(event.getHeader('Event-Name') ?? event.getBody())
    if (event.getHeader('Throw') !== null) {
      throw new Error('listener')
    }
  })
  return (bytes) => socket.emit('data', Buffer.from(bytes, 'latin1'))
}

function plain(headers: string): string {
  return `Content-Length: ${headers.length}\nContent-Type: text/event-plain\n\n${headers}`
}

tap.test('one Latin-1 byte in a display name', async (t) => {
  const event = plain('Event-Name: A\nCaller-Caller-ID-Name: M%FCller\n\n')
  t.throws(() => shippedParser()(event), /URI malformed/, 'kills the process as shipped')

  const { client, events, session } = await fixed(await listen(t))
  client.write(event + plain('Event-Name: B\n\n'))
  session.api('status', '', () => {})
  await client.command()
  client.write('Content-Type: api/response\nContent-Length: 2\n\nUP')
  await until(() => events.length === 2)
  t.strictSame(events, ['A', 'B'])
  session.disconnect()
})

tap.test('a percent sign echoed in a reply', async (t) => {
  const reply = 'Content-Type: command/reply\nReply-Text: -ERR invalid session id [100%]\n\n'
  t.throws(() => shippedParser()(reply), /URI malformed/, 'kills the process as shipped')

  const { client, session } = await fixed(await listen(t))
  const answer = new Promise<EslReply>((resolve) => session.execute('park', '', '100%', resolve))
  await client.command()
  client.write(reply)
  t.strictSame(await answer, {
    ok: false,
    reason: 'refused',
    message: '-ERR invalid session id [100%]',
  })
  session.disconnect()
})

tap.test('replies after an execute', async (t) => {
  const peer = await listen(t)
  const old = await shipped(peer)
  const first = new Promise<string | null>((resolve) => {
    old.session.execute('park', '', 'uuid', () => {})
    old.session.sendRecv('filter a b', (event) =>
      resolve((event as { getHeader(name: string): string | null }).getHeader('Reply-Text')),
    )
  })
  old.client.write('Content-Type: command/reply\nReply-Text: +OK of execute\n\n')
  t.equal(await first, '+OK of execute', 'go to the wrong command as shipped')
  old.session.disconnect()

  const { client, session } = await fixed(peer)
  const replies = Promise.all([
    new Promise<EslReply>((resolve) => session.execute('park', '', 'uuid', resolve)),
    new Promise<EslReply>((resolve) => session.sendRecv('filter a b', resolve as never)),
  ])
  client.write(`Content-Type: command/reply\nReply-Text: +OK of execute\n\n${ok}`)
  t.strictSame(await replies, [
    { ok: true, text: '+OK of execute' },
    { ok: true, text: '+OK' },
  ])
  session.disconnect()
})

tap.test('an api command that is refused as a command', async (t) => {
  const { client, session } = await fixed(await listen(t))
  const replies = Promise.all(
    ['one', 'two'].map(
      (name) => new Promise<EslReply>((resolve) => session.api(name, '', resolve)),
    ),
  )
  client.write('Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n')
  client.write('Content-Type: api/response\nContent-Length: 3\n\n+OK')
  t.strictSame(
    await replies,
    [
      { ok: false, reason: 'refused', message: '-ERR permission denied' },
      { ok: true, text: '+OK' },
    ],
    'does not shift later replies',
  )
  session.disconnect()
})

tap.test('a blank line in an argument', async (t) => {
  const peer = await listen(t)
  const old = await shipped(peer)
  old.session.execute('playback', 'a\n\napi shutdown', 'uuid', () => {})
  await old.client.command()
  t.match(await old.client.command(), 'api shutdown', 'becomes a command of its own as shipped')
  old.session.disconnect()

  const { client, session } = await fixed(peer)
  const unsafe = { code: 'SY_ESL_UNSAFE' }
  t.throws(() => session.api('uuid_kill', 'x\n\napi shutdown', () => {}), unsafe)
  t.throws(() => session.api('uuid_kill', 'x\rapi shutdown', () => {}), unsafe)
  t.throws(() => session.bgapi('show\0', 'calls', undefined, () => {}), unsafe)
  t.throws(() => session.send('a', { b: 'c\nd' }), unsafe)
  t.throws(() => session.send('a', { 'b\n': 'c' }), unsafe)
  t.throws(() => session.execute('playback', 'a\n\0', 'uuid', () => {}), unsafe)
  session.execute('playback', 'a\n\nПривет', 'uuid', () => {}, 'event')
  t.equal(
    await client.command(),
    'sendmsg uuid\ncall-command: execute\nexecute-app-name: playback\nevent-uuid: event\nContent-Type: text/plain\nContent-Length: 15\n\na\n\nПривет',
  )
  session.disconnect()
})

tap.test('a command with headers', async (t) => {
  const peer = await listen(t)
  const countWrites = (session: InstanceType<typeof esl.Connection>) => {
    const { socket } = session
    const count = { writes: 0 }
    if (socket !== null) {
      const write = socket.write.bind(socket) as (text: string) => boolean
      socket.write = ((text: string) => {
        count.writes++
        return write(text)
      }) as typeof socket.write
    }
    return count
  }
  const old = await shipped(peer)
  const oldCount = countWrites(old.session)
  old.session.execute('park', 'x', 'uuid', () => {})
  await old.client.command()
  t.equal(oldCount.writes, 6, 'takes a write for each line as shipped')
  old.session.disconnect()

  const { client, session } = await fixed(peer)
  const count = countWrites(session)
  session.execute('park', 'x', 'uuid', () => {})
  session.api('uuid_kill', 'uuid', () => {})
  await client.command()
  await client.command()
  t.equal(count.writes, 1, 'goes out in the one write of its turn')
  session.disconnect()
})

tap.test('a connection that is reset', async (t) => {
  const peer = await listen(t)
  const old = await shipped(peer)
  let answers = 0
  old.session.api('status', '', () => answers++)
  await old.client.command()
  const oldClosed = new Promise((resolve) => old.session.socket?.on('close', resolve))
  old.client.socket.resetAndDestroy()
  await oldClosed
  t.equal(old.session.connected(), true, 'still counts as connected as shipped')
  t.equal(answers, 0, 'answers none of its commands as shipped')

  const { client, session, closed } = await fixed(peer)
  const replies = [
    new Promise<EslReply>((resolve) => session.api('status', '', resolve)),
    new Promise<EslReply>((resolve) => session.bgapi('show', 'calls', undefined, resolve)),
  ]
  await client.command()
  client.socket.resetAndDestroy()
  t.match(await closed, { code: 'SY_SWITCH_DISCONNECTED' })
  t.match(await Promise.all(replies), [
    { ok: false, reason: 'disconnected' },
    { ok: false, reason: 'disconnected' },
  ])
  t.equal(session.connected(), false)
  const late = new Promise<EslReply>((resolve) => session.api('status', '', resolve))
  t.match(await late, { ok: false, reason: 'disconnected' })
})

tap.test('a thousand outstanding commands', async (t) => {
  const { client, session, clock } = await fixed(await listen(t))
  const replies: string[] = []
  const sent = Array.from({ length: 1_000 }, (_, i) => String(i))
  const all = new Promise<void>((resolve) => {
    for (const name of sent) {
      session.api(name, '', (reply) => {
        replies.push(reply.ok ? reply.text : reply.reason)
        if (replies.length === sent.length) {
          resolve()
        }
      })
    }
  })
  for (const name of sent.slice(0, 700)) {
    client.write(`Content-Type: api/response\nContent-Length: ${name.length}\n\n${name}`)
  }
  await until(() => replies.length === 700)
  clock.advance(5_000)
  await all
  t.strictSame(
    replies,
    sent.map((name, i) => (i < 700 ? name : 'timeout')),
    'are answered each by its own reply, or its own time limit',
  )
  session.disconnect()
})

tap.test('an answer that is too large', async (t) => {
  const { client, session } = await fixed(await listen(t))
  const replies = Promise.all(
    ['one', 'two'].map(
      (name) => new Promise<EslReply>((resolve) => session.api(name, '', resolve)),
    ),
  )
  client.write('Content-Type: api/response\nContent-Length: 16777217\n\n')
  client.write(Buffer.alloc(16_777_217, 'x'))
  client.write('Content-Type: api/response\nContent-Length: 3\n\n+OK')
  t.strictSame(
    await replies,
    [
      { ok: false, reason: 'refused', message: '-ERR the answer is too large' },
      { ok: true, text: '+OK' },
    ],
    'refuses its own command and shifts no other reply',
  )
  session.disconnect()
})

tap.test('a callback that throws', async (t) => {
  const { client, session } = await fixed(await listen(t))
  session.api('one', '', () => {
    throw new Error('callback')
  })
  const second = new Promise<EslReply>((resolve) => session.api('two', '', resolve))
  const reply = 'Content-Type: api/response\nContent-Length: 3\n\n+OK'
  client.write(reply + reply)
  t.strictSame(await second, { ok: true, text: '+OK' }, 'harms no other command')
  session.disconnect()
})

tap.test('a job that the switch has accepted, on a connection that is lost', async (t) => {
  const { client, session, closed } = await fixed(await listen(t))
  const job = new Promise<EslReply>((resolve) => session.bgapi('show', 'calls', 'id', resolve))
  const taken = new Promise<EslReply>((resolve) => session.api('next', '', resolve))
  client.write(`${ok}Content-Type: api/response\nContent-Length: 3\n\n+OK`)
  await taken
  client.socket.end()
  t.match(await job, { ok: false, reason: 'disconnected' }, 'is answered')
  t.match(await closed, { message: 'FreeSWITCH closed the event socket' })
})

tap.test('a command without an answer', async (t) => {
  const { client, session, clock } = await fixed(await listen(t))
  const ask = (name: string) => new Promise<EslReply>((resolve) => session.api(name, '', resolve))
  const slow = ask('slow')
  clock.advance(3_000)
  const quick = ask('quick')
  await client.command()
  clock.advance(2_000)
  t.match(await slow, { ok: false, reason: 'timeout' })
  client.write('Content-Type: api/response\nContent-Length: 4\n\nlate')
  client.write('Content-Type: api/response\nContent-Length: 7\n\nin time')
  t.strictSame(
    await quick,
    { ok: true, text: 'in time' },
    'does not pass its late reply to another command',
  )
  session.disconnect()
})

tap.test('many frames in one chunk', async (t) => {
  const frames = 'Content-Type: x\n\n'.repeat(20_000)
  t.throws(() => shippedParser()(frames), RangeError, 'overflow the stack as shipped')
  let seen = 0
  const listener = { frame: () => seen++, odd() {}, broken() {}, threw() {} }
  new FrameReader(listener).push(Buffer.from(frames))
  t.equal(seen, 20_000)
})

tap.test('a listener that throws', async (t) => {
  const bytes = `${plain('Event-Name: A\nThrow: 1\n\n')}${plain('Event-Name: B\n\n')}`
  const seen: string[] = []
  t.throws(() => shippedParser(seen)(bytes), /listener/)
  t.strictSame(seen, ['A'], 'stalls the frames behind it as shipped')

  const { client, events, session } = await fixed(await listen(t))
  client.write(bytes)
  await until(() => events.length === 2)
  session.disconnect()
})

tap.test('a background job after a filter', async (t) => {
  const peer = await listen(t)
  const old = await shipped(peer)
  old.session.filter('a', 'b')
  await old.client.command()
  old.client.write(ok)
  old.session.bgapi('show', 'calls', 'job', () => {})
  t.equal(await old.client.command(), 'filter Job-UUID job', 'costs three round trips as shipped')
  old.session.disconnect()

  const { client, session } = await fixed(peer)
  session.filter('a', 'b')
  await client.command()
  const reply = new Promise<EslReply>((resolve) =>
    session.bgapi('show', 'calls', undefined, resolve),
  )
  const command = await client.command()
  const id = command.slice(command.indexOf('Job-UUID: ') + 10)
  t.match(
    command,
    /^bgapi show calls\nJob-UUID: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  // The job may end before the command's own reply comes.
  client.write(
    plain('Event-Name: BACKGROUND_JOB\nJob-UUID: of-another-client\nContent-Length: 1\n\nx'),
  )
  client.write(
    plain(`Event-Name: BACKGROUND_JOB\nJob-UUID: ${id}\nContent-Length: 2\n\n{}`) + ok + ok,
  )
  t.strictSame(await reply, { ok: true, text: '{}' })
  session.disconnect()
})

tap.test(
  'a job that does not end is answered at its time limit, a refused one at once',
  async (t) => {
    const { client, session, clock } = await fixed(await listen(t))
    const job = new Promise<EslReply>((resolve) => session.bgapi('show', 'calls', 'id', resolve))
    await client.command()
    client.write(ok)
    clock.advance(15_000)
    t.match(await job, { ok: false, reason: 'timeout' })
    const denied = new Promise<EslReply>((resolve) => session.bgapi('show', 'calls', 'id', resolve))
    await client.command()
    client.write('Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n')
    t.match(await denied, { ok: false, reason: 'refused' })
    session.disconnect()
  },
)

/** Waits until `isTrue`, letting the sockets work; the time limit of the test ends a wait in vain. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
