import t from 'tap'
import { ManualClock } from '../testing/manual-clock.ts'
import { acdActions, createDialplan } from './dialplan.ts'
import { connectMemoryClient, type ReceivedFrame } from './memory-client.ts'
import { createRandom } from './random.ts'
import { createSimulatedSwitch, type SimulatedSwitchOptions } from './simulated-switch.ts'

const farewell = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'

function createSwitch(over: Partial<SimulatedSwitchOptions> = {}) {
  const clock = new ManualClock()
  const sim = createSimulatedSwitch({
    clock,
    random: createRandom(7),
    dialplan: createDialplan({ '1000': acdActions({ tenant: 'acme', queue: 'sales' }) }),
    ...over,
  })
  const call = (callerName: string | Uint8Array = 'Ann'): string =>
    sim.placeCall({ destination: '1000', callerNumber: '+74951234567', callerName })
  return { clock, sim, call }
}

function login(sim: ReturnType<typeof createSimulatedSwitch>) {
  const client = connectMemoryClient(sim)
  client.ask('auth ClueCon')
  return client
}

const replies = (frames: readonly ReceivedFrame[]) =>
  frames.map(({ headers, body }) => headers['Reply-Text'] ?? body)

t.test('a client gets an auth request and is accepted only with the password', async (t) => {
  const { sim } = createSwitch({ password: 'geheim ü' })
  const client = connectMemoryClient(sim)
  t.strictSame(client.frames, [{ headers: { 'Content-Type': 'auth/request' }, body: '' }])
  t.strictSame(replies(client.ask('api status')), ['-ERR command not found'])
  t.equal(sim.clients, 0)
  t.strictSame(replies(client.ask('auth geheim ü')), ['+OK accepted'])
  t.equal(sim.clients, 1)
})

t.test('a wrong password is refused and closes the connection', async (t) => {
  const { sim } = createSwitch()
  const client = connectMemoryClient(sim)
  t.strictSame(replies(client.ask('auth wrong')), ['-ERR invalid', farewell])
  t.equal(client.isClosed, true)
  t.strictSame(client.ask('auth ClueCon'), [])
})

t.test('a client outside the access list is rejected', async (t) => {
  const { sim } = createSwitch()
  sim.treatClientsAs('rejecting')
  const client = connectMemoryClient(sim)
  t.strictSame(client.frames, [
    {
      headers: { 'Content-Type': 'text/rude-rejection', 'Content-Length': '24' },
      body: 'Access Denied, go away.\n',
    },
  ])
  t.equal(client.isClosed, true)
})

t.test('a mute switch accepts the connection and sends nothing', async (t) => {
  const { sim } = createSwitch()
  sim.treatClientsAs('mute')
  const client = connectMemoryClient(sim)
  t.strictSame(client.ask('auth ClueCon'), [])
  t.equal(client.isClosed, false)
})

t.test('commands may arrive in pieces, or several at once', async (t) => {
  const { sim } = createSwitch()
  const client = login(sim)
  for (const byte of 'api hostname\n\napi create_uuid\r\n\r\n') client.send(byte)
  client.send('api hostname\n\napi hostname\n\n')
  const bodies = client.frames.slice(2).map(({ body }) => body)
  t.match(bodies, ['sim', /^[0-9a-f-]{36}$/, 'sim', 'sim'])
})

t.test('event adds to a subscription, nixevent removes from it, noevents clears it', async (t) => {
  const { sim, call } = createSwitch()
  const client = login(sim)
  const names = () => client.events().map((event) => event['Event-Name'])
  const steps = [
    'event plain CHANNEL_PARK NOSUCH',
    'event CUSTOM conference::maintenance',
    'event json CHANNEL_ANSWER',
    'nixevent CHANNEL_PARK',
    'nixevent NOSUCH',
    'event CHANNEL_DESTROY',
    'noevents',
    'noevents',
    'event plain',
    'linger',
    'filter Unique-ID',
  ]
  t.strictSame(
    steps.map((step) => replies(client.ask(step))[0]),
    [
      '+OK event listener enabled plain',
      '+OK event listener enabled plain',
      '+OK event listener enabled json',
      '+OK events nixed',
      '-ERR no keywords supplied',
      '+OK event listener enabled json',
      '+OK no longer listening for events',
      '-ERR not listening for events',
      '-ERR no keywords supplied',
      '-ERR not controlling a session',
      '-ERR invalid syntax',
    ],
  )
  call()
  t.strictSame(names(), [])
  client.ask('event json CHANNEL_ANSWER')
  call()
  t.strictSame(names(), ['CHANNEL_ANSWER'])
  client.ask('event plain ALL')
  client.ask('nixevent ALL')
  call()
  t.strictSame(names(), ['CHANNEL_ANSWER'])
})

t.test('an event passes if any filter matches; a deleted filter matches nothing', async (t) => {
  const { sim, call } = createSwitch()
  const client = login(sim)
  client.ask('event plain CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_PARK')
  client.ask('filter Event-Name CHANNEL_PARK')
  client.ask('filter Event-Name /^CHANNEL_ANS/')
  const seen = () => client.events().map((event) => event['Event-Name'])
  call()
  t.strictSame(seen(), ['CHANNEL_ANSWER', 'CHANNEL_PARK'])
  client.ask('filter delete Event-Name CHANNEL_PARK')
  call()
  t.strictSame(seen().slice(2), ['CHANNEL_ANSWER'])
  client.ask('filter delete Event-Name')
  call()
  t.strictSame(seen().slice(3), ['CHANNEL_CREATE', 'CHANNEL_ANSWER', 'CHANNEL_PARK'])
  const passing = (header: string, value: string) => {
    client.ask('filter delete all')
    client.ask(`filter ${header} ${value}`)
    const from = seen().length
    call()
    return seen().slice(from)
  }
  t.strictSame(passing('variable_acd_queue', 'sales'), ['CHANNEL_ANSWER', 'CHANNEL_PARK'])
  t.strictSame(passing('Channel-State', 'CS_INIT'), ['CHANNEL_CREATE'])
  t.strictSame(passing('Application', 'bridge'), [])
  t.strictSame(passing('Caller-Context', 'public').length, 3)
  t.strictSame(passing('No-Such-Header', 'x'), [])
})

t.test('both formats carry the same headers, whatever bytes a caller sends', async (t) => {
  const { sim, call } = createSwitch()
  const [inPlain, inJson] = [login(sim), login(sim)]
  inPlain.ask('event plain CHANNEL_PARK')
  inJson.ask('event json CHANNEL_PARK')
  call('Жанна "100%" \\ \t{1}')
  const [one, other] = [inPlain.events()[0], inJson.events()[0]]
  t.equal(one?.['Caller-Caller-ID-Name'], 'Жанна "100%" \\ \t{1}')
  t.match(other, { 'Caller-Caller-ID-Name': 'Жанна "100%" \\ \t{1}', variable_acd_queue: 'sales' })
  t.strictSame(
    { ...one, variable_DP_MATCH: ['1000', '1000'] },
    { ...other, variable_DP_MATCH: ['1000', '1000'] },
  )
  t.equal(one?.['variable_DP_MATCH'], 'ARRAY::1000|:1000')

  call(new Uint8Array([0x4a, 0xfc, 0x72, 0x67]))
  const raw = inPlain.frames.at(-1)?.body ?? ''
  t.match(raw, '\nCaller-Caller-ID-Name: J%FCrg\n', 'Latin-1 bytes are passed on as they came')
})

t.test('an application may get its argument as the body, or get none', async (t) => {
  const { clock, sim, call } = createSwitch()
  const client = login(sim)
  client.ask('event plain CHANNEL_EXECUTE')
  const uuid = call()
  client.send(
    `sendmsg ${uuid}\ncall-command: execute\nexecute-app-name: set\ncontent-type: text/plain\ncontent-length: 8\n\na=b\nc\n\nd`,
  )
  client.ask(`sendmsg ${uuid}\ncall-command: execute\nexecute-app-name: info`)
  client.ask(`sendmsg ${uuid}\ncall-command: nosuch`)
  clock.advance(20)
  const last = client.events().slice(-2)
  t.strictSame(
    last.map((event) => [event['Application'], event['Application-Data']]),
    [
      ['set', 'a=b\nc\n\nd'],
      ['info', undefined],
    ],
  )
  t.equal(sim.channels()[0]?.variables['a'], 'b\nc\n\nd')
})

t.test('a sendmsg can hang the channel up', async (t) => {
  const { clock, sim, call } = createSwitch()
  const client = login(sim)
  client.ask('event plain CHANNEL_HANGUP_COMPLETE')
  const uuid = call()
  client.ask(`sendmsg ${uuid}\ncall-command: hangup\nhangup-cause: USER_BUSY`)
  clock.advance(20)
  t.match(client.events(), [{ 'Hangup-Cause': 'USER_BUSY', variable_hangup_cause: 'USER_BUSY' }])
  t.strictSame(sim.channels(), [])
})

t.test('a connection sends nothing else while its api command runs', async (t) => {
  const { clock, sim, call } = createSwitch({
    phones: (dialString) =>
      dialString === 'user/slow'
        ? (phone) => {
            clock.setTimer(1_000, () => phone.answer())
            return { ended: () => undefined }
          }
        : undefined,
  })
  const [busy, other] = [login(sim), login(sim)]
  for (const client of [busy, other]) client.ask('event plain CHANNEL_PARK BACKGROUND_JOB')
  const from = busy.frames.length
  busy.send('api originate user/slow &park()\n\napi hostname\n\n')
  call()
  clock.advance(999)
  t.strictSame(busy.frames.slice(from), [])
  t.equal(other.events().length, 1)
  clock.advance(21)
  t.match(
    busy.frames.slice(from).map(({ headers, body }) => headers['Reply-Text'] ?? body),
    [/^\+OK [0-9a-f-]{36}\n$/, /^Event-Name: CHANNEL_PARK/, /^Event-Name: CHANNEL_PARK|^sim$/],
  )
  const job = other.ask('bgapi hostname')
  t.match(job[0]?.headers, { 'Reply-Text': /^\+OK Job-UUID: / })
  t.equal(other.events().at(-1)?.['_body'], 'sim')
})

t.test('paused clients are neither read nor written; afterwards all comes in order', async (t) => {
  const { sim, call } = createSwitch()
  const client = login(sim)
  client.ask('event plain CHANNEL_PARK')
  const from = client.frames.length
  sim.pauseClients(true)
  client.send('api hostname\n\n')
  call()
  t.equal(client.frames.length, from)
  sim.pauseClients(false)
  t.match(client.frames.slice(from), [{ body: /^Event-Name: CHANNEL_PARK/ }, { body: 'sim' }])
})

t.test('clients can be disconnected; calls go on and a new client finds them', async (t) => {
  const { clock, sim, call } = createSwitch()
  const client = login(sim)
  const uuid = call()
  sim.disconnectClients()
  t.strictSame([client.isClosed, sim.clients], [true, 0])
  clock.advance(100)
  const next = login(sim)
  const [{ body = '' } = {}] = next.ask('api show channels as json')
  t.match(JSON.parse(body), {
    row_count: 1,
    rows: [{ uuid, callstate: 'ACTIVE', application: 'park' }],
  })
  t.strictSame(replies(next.ask('api show channels count')), ['\n1 total.\n'])
  next.ask(`api uuid_kill ${uuid}`)
  clock.advance(20)
  t.strictSame(replies(next.ask('api show channels count')), ['\n1 total.\n'], 'the list lags')
  clock.advance(100)
  t.strictSame(replies(next.ask('api show channels count')), ['\n0 total.\n'])
  sim.stop()
  t.equal(next.isClosed, true)
  t.equal(clock.pendingTimers, 0)
})

t.test('a heartbeat comes every 20 seconds', async (t) => {
  const { clock, sim, call } = createSwitch()
  const client = login(sim)
  client.ask('event plain HEARTBEAT')
  call()
  clock.advance(59_999)
  t.match(client.events(), [
    { 'Uptime-msec': '20000', 'Session-Count': '1' },
    { 'Uptime-msec': '40000' },
  ])
})
