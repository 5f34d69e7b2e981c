import fc from 'fast-check'
import t from 'tap'
import { ManualClock } from '../testing/manual-clock.ts'
import { acdActions, action, createDialplan } from './dialplan.ts'
import { connectMemoryClient } from './memory-client.ts'
import type { Phone, PhoneCall } from './phone.ts'
import { createRandom } from './random.ts'
import { createSimulatedSwitch } from './simulated-switch.ts'

const music = 'local_stream://moh'

function createWorld() {
  const clock = new ManualClock()
  const rung: PhoneCall[] = []
  const ended: string[] = []
  const phone: Phone = (call) => {
    rung.push(call)
    call.ring()
    return { ended: (cause) => ended.push(cause) }
  }
  const sim = createSimulatedSwitch({
    clock,
    random: createRandom(3),
    dialplan: createDialplan({
      '1000': acdActions({ tenant: 'acme', queue: 'sales' }),
      '1001': acdActions({ tenant: 'acme', wayOut: { afterSeconds: 30, extension: '9000' } }),
      '9000': [action('playback sorry.wav'), action('hangup NORMAL_TEMPORARY_FAILURE')],
    }),
    phones: (dialString) => (dialString.startsWith('user/') ? phone : undefined),
    fileMs: (path) => (path === 'sorry.wav' ? 1_500 : undefined),
  })
  const client = connectMemoryClient(sim)
  client.ask('auth ClueCon')
  client.ask('event plain all')
  const heard: string[] = []
  const call = (destination = '1000'): string =>
    sim.placeCall({
      destination,
      callerNumber: '1',
      callerName: 'Ann',
      party: {
        entered: (extension) => heard.push(`entered ${extension}`),
        joined: () => heard.push('joined'),
        parted: () => heard.push('parted'),
        ended: (cause) => heard.push(`ended ${cause}`),
      },
    })
  const run = (uuid: string, application: string, data: string, more = ''): void => {
    const headers = `call-command: execute\nexecute-app-name: ${application}\nexecute-app-arg: ${data}`
    client.ask(`sendmsg ${uuid}\n${headers}${more}`)
    clock.advance(20)
  }
  /** The events of a channel from index `from` on, in short form. */
  const eventsOf = (uuid: string, from = 0): string[] =>
    client
      .events()
      .filter((event) => event['Unique-ID'] === uuid)
      .slice(from)
      .map((event) =>
        [
          event['Event-Name']?.replace('CHANNEL_', ''),
          event['Application'],
          event['Application-Response'],
          event['Event-Name']?.startsWith('CHANNEL_HANGUP') ? event['Hangup-Cause'] : undefined,
        ]
          .filter((part) => part !== undefined)
          .join(' '),
      )
  return { clock, sim, client, call, run, eventsOf, rung, ended, heard }
}

t.test('when no phone rings any more, the next one rings at once', async (t) => {
  const { sim, clock, call, run, rung } = createWorld()
  const uuid = call()
  run(uuid, 'set', 'continue_on_fail=true')
  run(
    uuid,
    'bridge',
    '[leg_timeout=9]user/ann,[leg_delay_start=4]user/bob,[leg_delay_start=8]user/cid',
  )
  t.strictSame(
    rung.map(({ dialString }) => dialString),
    ['user/ann'],
  )
  rung[0]?.refuse('CALL_REJECTED')
  clock.advance(20)
  t.strictSame(
    rung.map(({ dialString }) => dialString),
    ['user/ann', 'user/bob'],
  )
  clock.advance(3_900)
  t.equal(rung.length, 2)
  clock.advance(1_100)
  t.strictSame(
    rung.map(({ dialString }) => dialString),
    ['user/ann', 'user/bob', 'user/cid'],
  )
  sim.hangUp(uuid)
  clock.advance(20)
  t.strictSame(sim.channels(), [])
})

t.test(
  'a caller whom no engine takes goes to the fallback that the dialplan scheduled',
  async (t) => {
    const { clock, sim, call, eventsOf, heard } = createWorld()
    const uuid = call('1001')
    t.equal(sim.channels()[0]?.variables['last_sched_id'], '1')
    clock.advance(30_000)
    const from = eventsOf(uuid).length
    clock.advance(2_000)
    t.strictSame(eventsOf(uuid, from), [
      'UNPARK',
      'EXECUTE_COMPLETE park _none_',
      'EXECUTE playback',
      'PLAYBACK_START',
      'PLAYBACK_STOP',
      'EXECUTE_COMPLETE playback FILE PLAYED',
      'EXECUTE hangup',
      'HANGUP NORMAL_TEMPORARY_FAILURE',
      'EXECUTE_COMPLETE hangup _none_',
      'HANGUP_COMPLETE NORMAL_TEMPORARY_FAILURE',
      'DESTROY',
    ])
    t.strictSame(heard, ['entered 1001', 'entered 9000', 'ended NORMAL_TEMPORARY_FAILURE'])
  },
)

t.test('a task is cancelled by its id or its channel, and scheduled by a command', async (t) => {
  const { clock, client, call, heard } = createWorld()
  const [first, second] = [call('1001'), call('1001')]
  const bodies = [
    'sched_del 1',
    'sched_del 1',
    `sched_del ${second}`,
    `sched_transfer +5 ${first} 9000 XML public`,
    'sched_transfer +5 nobody 9000',
    'sched_transfer +5',
  ].map((command) => client.ask(`api ${command}`)[0]?.body)
  t.strictSame(bodies, [
    '+OK Deleted: 1\n',
    '+OK Deleted: 0\n',
    '+OK Deleted: 1\n',
    '+OK\n',
    '-ERR No such channel!\n',
    '-USAGE: [+]<time> <uuid> <extension> [<dialplan>] [<context>]\n',
  ])
  clock.advance(60_000)
  t.strictSame(heard.filter((what) => what === 'entered 9000').length, 1)
})

t.test('a failed offer hangs the caller up, unless the variables let the call go on', async (t) => {
  const outcomes = [undefined, 'false', 'true', 'USER_BUSY,NO_ANSWER'].map((setting) => {
    const { client, call, run, rung, heard } = createWorld()
    const uuid = call()
    if (setting !== undefined) client.ask(`api uuid_setvar ${uuid} continue_on_fail ${setting}`)
    run(uuid, 'bridge', 'user/bob')
    rung[0]?.refuse('USER_BUSY')
    return heard.at(-1)
  })
  t.strictSame(outcomes, ['ended USER_BUSY', 'ended USER_BUSY', 'entered 1000', 'entered 1000'])
  const { call, run, eventsOf, heard } = createWorld()
  const uuid = call()
  run(uuid, 'bridge', 'error/NO_ANSWER')
  t.equal(heard.at(-1), 'entered 1000', 'no answer is always a reason to go on')
  t.equal(eventsOf(uuid).at(-1), 'EXECUTE_COMPLETE bridge _none_')
})

t.test('variables decide what happens to the caller when the agent leaves', async (t) => {
  const after = (variable: string): [string[], string[]] => {
    const { clock, client, call, run, rung, eventsOf, heard } = createWorld()
    const uuid = call()
    client.ask(`api uuid_setvar_multi ${uuid} ${variable}`)
    run(uuid, 'playback', music)
    run(uuid, 'bridge', '{origination_uuid=leg}user/bob')
    rung[0]?.answer()
    clock.advance(20)
    const from = eventsOf(uuid).length
    rung[0]?.hangUp()
    clock.advance(40)
    return [eventsOf(uuid, from), heard]
  }
  const heard = ['entered 1000', 'joined', 'parted']
  t.strictSame(after('hangup_after_bridge=false'), [
    ['UNBRIDGE', 'EXECUTE_COMPLETE bridge _none_'],
    heard,
  ])
  const rest = [
    'EXECUTE_COMPLETE bridge _none_',
    'PLAYBACK_STOP',
    'EXECUTE_COMPLETE playback FILE PLAYED',
    'UNPARK',
    'EXECUTE_COMPLETE park FILE PLAYED',
  ]
  t.strictSame(after('hangup_after_bridge=true'), [
    ['UNBRIDGE', 'HANGUP NORMAL_CLEARING', ...rest, 'HANGUP_COMPLETE NORMAL_CLEARING', 'DESTROY'],
    [...heard, 'ended NORMAL_CLEARING'],
  ])
  t.strictSame(after('hangup_after_bridge=false;park_after_bridge=true'), [
    ['UNBRIDGE', ...rest, 'PARK'],
    heard,
  ])
  t.strictSame(after('transfer_after_bridge=9000:XML:public'), [
    ['UNBRIDGE', ...rest, 'EXECUTE playback', 'PLAYBACK_START'],
    [...heard, 'entered 9000'],
  ])
})

t.test('a caller who leaves between the answer and the join leaves nobody behind', async (t) => {
  const { clock, sim, call, run, rung, eventsOf, ended } = createWorld()
  const uuid = call()
  run(uuid, 'bridge', '{origination_uuid=leg}user/bob')
  rung[0]?.answer()
  sim.hangUp(uuid)
  clock.advance(100)
  t.strictSame(sim.channels(), [])
  t.strictSame(ended, ['NORMAL_CLEARING'])
  t.strictSame(eventsOf('leg').slice(-4), [
    'ANSWER',
    'HANGUP NORMAL_CLEARING',
    'HANGUP_COMPLETE NORMAL_CLEARING',
    'DESTROY',
  ])
  t.notMatch(eventsOf(uuid), ['BRIDGE'])
})

t.test('an agent who hangs up between the answer and the join gives the caller back', async (t) => {
  const { clock, sim, call, run, rung, eventsOf } = createWorld()
  const uuid = call()
  run(uuid, 'bridge', 'user/bob')
  rung[0]?.answer()
  rung[0]?.hangUp()
  clock.advance(100)
  t.equal(eventsOf(uuid).at(-1), 'EXECUTE_COMPLETE bridge _none_')
  t.strictSame(sim.channels()[0]?.applications, ['park'])
})

t.test(
  'the groups of a dial string ring one after the other, each until it times out',
  async (t) => {
    const { clock, call, run, rung, eventsOf } = createWorld()
    const uuid = call()
    run(uuid, 'bridge', "{call_timeout=3}[a='x,y']user/ann,user/bob|[leg_timeout=1]user/cid")
    t.strictSame(
      rung.map(({ dialString, variables }) => [dialString, variables.get('a')]),
      [
        ['user/ann', 'x,y'],
        ['user/bob', undefined],
      ],
    )
    clock.advance(3_000)
    t.equal(rung[2]?.dialString, 'user/cid')
    t.notOk(eventsOf(uuid).includes('EXECUTE_COMPLETE bridge _none_'))
    clock.advance(1_000)
    t.ok(eventsOf(uuid).includes('EXECUTE_COMPLETE bridge _none_'))
  },
)

t.test('an application is repeated only if it takes half a second or more', async (t) => {
  const { clock, call, run, eventsOf } = createWorld()
  const uuid = call()
  run(uuid, 'playback', 'sorry.wav', '\nloops: 2')
  clock.advance(5_000)
  t.equal(eventsOf(uuid).filter((what) => what === 'EXECUTE playback').length, 2)
  run(uuid, 'set', 'a=1', '\nloops: -1')
  t.equal(eventsOf(uuid).filter((what) => what === 'EXECUTE set').length, 3)
})

t.test(
  'an application on top of an offer delays the join, and on top of a conversation its end',
  async (t) => {
    const { clock, call, run, rung, eventsOf } = createWorld()
    const uuid = call()
    run(uuid, 'bridge', '{origination_uuid=leg}user/bob')
    const from = eventsOf(uuid).length
    run(uuid, 'playback', 'sorry.wav')
    rung[0]?.answer()
    clock.advance(1_600)
    run(uuid, 'playback', 'sorry.wav')
    rung[0]?.hangUp()
    clock.advance(1_600)
    const played = [
      'EXECUTE playback',
      'PLAYBACK_START',
      'PLAYBACK_STOP',
      'EXECUTE_COMPLETE playback FILE PLAYED',
    ]
    t.strictSame(eventsOf(uuid, from), [
      ...played,
      'BRIDGE',
      ...played.slice(0, 2),
      'UNBRIDGE',
      ...played.slice(2),
      'EXECUTE_COMPLETE bridge FILE PLAYED',
    ])
  },
)

t.test('either leg of a conversation can be transferred', async (t) => {
  const end = (flag: string): string[] => {
    const { clock, client, call, run, rung, eventsOf, heard } = createWorld()
    const uuid = call()
    run(uuid, 'bridge', '{origination_uuid=leg}user/bob')
    rung[0]?.answer()
    clock.advance(20)
    client.ask(`api uuid_transfer ${uuid} ${flag}9000 XML public`)
    clock.advance(40)
    return [String(heard.at(-1)), String(eventsOf(uuid).at(-1)), String(eventsOf('leg').at(-1))]
  }
  t.strictSame(end(''), ['entered 9000', 'PLAYBACK_START', 'DESTROY'])
  t.strictSame(end('-bleg '), ['parted', 'EXECUTE_COMPLETE bridge _none_', 'PLAYBACK_START'])
})

t.test('a person can put a call on hold and resume it', async (t) => {
  const { sim, call, eventsOf } = createWorld()
  const uuid = call()
  sim.hold(uuid, true)
  sim.hold(uuid, false)
  t.strictSame(eventsOf(uuid).slice(-2), ['HOLD', 'UNHOLD'])
})

t.test('the applications of a dialplan set, export, unset and transfer', async (t) => {
  const { clock, sim, call, run } = createWorld()
  const uuid = call()
  run(uuid, 'multiset', 'a=1 b=2')
  run(uuid, 'export', 'nolocal:c=3')
  run(uuid, 'unset', 'a')
  run(uuid, 'log', 'INFO here')
  t.match(sim.channels()[0]?.variables, { a: undefined, b: '2', c: '3' })
  run(uuid, 'transfer', '9000 XML public')
  clock.advance(20)
  t.equal(sim.channels()[0]?.destination, '9000')
})

t.test('a number that the dialplan does not know is refused', async (t) => {
  const { sim, call, heard } = createWorld()
  call('42')
  t.strictSame([heard, sim.channels()], [['entered 42', 'ended NO_ROUTE_DESTINATION'], []])
})

t.test(
  'after a uuid_bridge the caller goes on in the dialplan, and the call ends with it',
  async (t) => {
    const { clock, client, call, rung, eventsOf, heard } = createWorld()
    const uuid = call()
    client.ask('bgapi originate {origination_uuid=leg}user/bob &park()')
    rung[0]?.answer()
    clock.advance(20)
    client.ask(`api uuid_bridge ${uuid} leg`)
    clock.advance(40)
    rung[0]?.hangUp()
    t.strictSame(heard, ['entered 1000', 'joined', 'parted', 'ended NORMAL_CLEARING'])
    t.strictSame(eventsOf(uuid).slice(-4), [
      'UNBRIDGE',
      'HANGUP NORMAL_CLEARING',
      'HANGUP_COMPLETE NORMAL_CLEARING',
      'DESTROY',
    ])
  },
)

t.test('a leg whose partner is gone before uuid_bridge joins them is hung up', async (t) => {
  for (const [wait, gone] of [
    [0, 'caller'],
    [20, 'caller'],
    [20, 'leg'],
  ] as const) {
    const { clock, sim, client, call, rung } = createWorld()
    const uuid = call()
    client.ask('bgapi originate {origination_uuid=leg}user/bob &park()')
    rung[0]?.answer()
    clock.advance(20)
    client.ask(`api uuid_bridge ${uuid} leg`)
    clock.advance(wait)
    sim.hangUp(gone === 'caller' ? uuid : 'leg')
    clock.advance(100)
    t.strictSame(sim.channels(), [], `${gone} after ${wait} ms`)
    const causes = client
      .events()
      .filter((event) => event['Event-Name'] === 'CHANNEL_HANGUP')
      .map((event) => event['Hangup-Cause'])
    t.strictSame(causes, ['NORMAL_CLEARING', 'DESTINATION_OUT_OF_ORDER'])
  }
})

t.test('originate can send the leg to an extension', async (t) => {
  const { clock, sim, client, rung } = createWorld()
  client.ask('bgapi originate user/bob 9000 XML public')
  rung[0]?.answer()
  clock.advance(20)
  t.match(sim.channels(), [{ destination: '9000', applications: ['playback'] }])
  const usage = client.ask('api originate user/bob')[0]?.body
  t.match(usage, /^-USAGE: <call url>/)
})

t.test('a digit ends the prompt; a wrong one is asked for again', async (t) => {
  const { clock, sim, client, call, run, eventsOf } = createWorld()
  const uuid = call()
  run(uuid, 'play_and_get_digits', '1 1 2 1000 # sorry.wav wrong.wav score [1-5]')
  client.ask(`api uuid_recv_dtmf ${uuid} 9`)
  clock.advance(20)
  t.equal(eventsOf(uuid).filter((what) => what === 'PLAYBACK_START').length, 2, 'asked again')
  client.ask(`api uuid_recv_dtmf ${uuid} 3`)
  clock.advance(20)
  t.equal(sim.channels()[0]?.variables['score'], '3')
  t.equal(eventsOf(uuid).at(-1), 'EXECUTE_COMPLETE play_and_get_digits _none_')
  run(uuid, 'play_and_get_digits', '1 1 1 1000 # sorry.wav wrong.wav score [1-5]')
  client.ask(`api uuid_kill ${uuid}`)
  clock.advance(20)
  t.strictSame(sim.channels(), [])
})

t.test('invalid commands get the same replies as from FreeSWITCH', async (t) => {
  const { client, call } = createWorld()
  const uuid = call()
  const answers = [
    'uuid_setvar_multi nobody a=1;b=2',
    'uuid_setvar_multi',
    'uuid_bridge nobody',
    `uuid_bridge ${uuid} ${uuid}`,
    'uuid_hold nobody',
    'uuid_hold',
    'uuid_break nobody',
    'uuid_transfer nobody 9000',
    `uuid_transfer ${uuid} -bleg 9000`,
    'uuid_exists nobody',
    `uuid_getvar ${uuid} nothing`,
    `uuid_getvar ${uuid} sip_from_user`,
    'show nothing',
    'fsctl',
    'fsctl pause',
    'reloadxml',
    'global_getvar nothing',
  ].map((command) => client.ask(`api ${command}`)[0]?.body)
  t.strictSame(answers, [
    '-ERR No such channel!\n-USAGE: <uuid> <var>=<value>;<var>=<value>...\n',
    '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n',
    '-USAGE: <uuid> <other_uuid>\n',
    '-ERR Invalid uuid\n',
    '-ERR Operation failed\n',
    '-USAGE: [off|toggle] <uuid> [<display>]\n',
    '-ERR No such channel!\n',
    '-ERR No such channel!\n',
    '-ERR No such channel!\n',
    'false',
    '_undef_',
    '1',
    '-USAGE: channels|calls as json\n',
    '-USAGE: fsctl\n',
    '+OK\n',
    '+OK [Success]\n',
    '-ERR no reply\n',
  ])
})

t.test('whatever happens, every channel and every application ends exactly once', async () => {
  const step = fc.oneof(
    fc.constantFrom('call', 'answer', 'refuse', 'phoneHangsUp', 'callerHangsUp'),
    fc.constantFrom('talk', 'talk', 'announce', 'offer', 'offerAll', 'play', 'kill', 'killLeg'),
    fc.constantFrom('bridge', 'transfer', 'break'),
    fc.integer({ min: 1, max: 40 }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(3)), { maxLength: 40 }), (steps) => {
      const { clock, sim, client, call, rung } = createWorld()
      const callers: string[] = []
      const message = (uuid: string, what: string): void => {
        client.ask(`sendmsg ${uuid}\ncall-command: execute\n${what}`)
      }
      for (const [what, which] of steps) {
        const caller = callers[which % Math.max(callers.length, 1)] ?? 'nobody'
        const phone = rung[which % Math.max(rung.length, 1)]
        if (typeof what === 'number') clock.advance(what)
        else if (what === 'announce')
          message(caller, 'execute-app-name: playback\nexecute-app-arg: sorry.wav')
        else if (what === 'talk') {
          message(caller, 'execute-app-name: bridge\nexecute-app-arg: user/a')
          clock.advance(20)
          rung.at(-1)?.answer()
          clock.advance(which * 10)
        } else if (what === 'call') callers.push(call())
        else if (what === 'answer') phone?.answer()
        else if (what === 'refuse') phone?.refuse('USER_BUSY')
        else if (what === 'phoneHangsUp') phone?.hangUp()
        else if (what === 'callerHangsUp') sim.hangUp(caller)
        else if (what === 'play')
          message(caller, `execute-app-name: playback\nexecute-app-arg: ${music}`)
        else if (what === 'offer')
          message(caller, 'execute-app-name: bridge\nexecute-app-arg: {leg_timeout=1}user/a')
        else if (what === 'offerAll')
          message(caller, 'execute-app-name: bridge\nexecute-app-arg: user/a,user/b|user/c')
        else if (what === 'kill') client.ask(`api uuid_kill ${caller}`)
        else if (what === 'killLeg') client.ask(`api uuid_kill ${phone?.legId} ORIGINATOR_CANCEL`)
        else if (what === 'bridge') client.ask(`api uuid_bridge ${caller} ${phone?.legId}`)
        else if (what === 'break') client.ask(`api uuid_break ${caller} all`)
        else client.ask(`api uuid_transfer ${caller} 9000 XML public`)
      }
      client.ask('api hupall')
      clock.advance(1_000)
      const counts = new Map<string, number>()
      const count = (key: string, by: number): void => {
        counts.set(key, (counts.get(key) ?? 0) + by)
      }
      for (const event of client.events()) {
        const uuid = event['Unique-ID']
        const name = event['Event-Name']
        if (name === 'CHANNEL_CREATE') count(`${uuid} lives`, 1)
        if (name === 'CHANNEL_DESTROY') count(`${uuid} lives`, -1)
        if (name === 'CHANNEL_BRIDGE') count(`${uuid} is joined`, 1)
        if (name === 'CHANNEL_UNBRIDGE') count(`${uuid} is joined`, -1)
        if (name === 'CHANNEL_PARK') count(`${uuid} is parked`, 1)
        if (name === 'CHANNEL_UNPARK') count(`${uuid} is parked`, -1)
        const isPseudo = event['Application'] === 'uuid_bridge'
        if (name === 'CHANNEL_EXECUTE' && !isPseudo) count(`${event['Application-UUID']} runs`, 1)
        if (name === 'CHANNEL_EXECUTE_COMPLETE') count(`${event['Application-UUID']} runs`, -1)
      }
      const open = [...counts].filter(([, balance]) => balance !== 0)
      return open.length === 0 && sim.channels().length === 0
    }),
    { numRuns: 150 },
  )
})

t.test('a caller answers a question; keys after the terminator are ignored', async (t) => {
  const { clock, sim, client, call, run } = createWorld()
  const uuid = call()
  run(uuid, 'playback', music)
  run(uuid, 'read', "1 4 'tone_stream://%(500,0,440)' acd_digits 2000 #D 1000")
  clock.advance(100)
  sim.press(uuid, '12#9')
  clock.advance(20)
  const heard = client.events().findLast((event) => event['Application'] === 'read')
  t.match(heard, { variable_acd_digits: '12', variable_read_result: 'success' })
  t.strictSame(sim.channels()[0]?.applications, ['park', 'playback'], 'the music goes on')
  sim.press('nobody', '1')
  sim.hangUp(uuid)
  sim.press(uuid, '1')
  clock.advance(20)
})

t.test('a question is suspended by an offer and goes on after it', async (t) => {
  const { clock, client, call, run } = createWorld()
  const uuid = call()
  run(uuid, 'read', "1 4 'tone_stream://%(500,0,440)' acd_digits 2000 # 1000")
  client.ask(`api uuid_setvar ${uuid} continue_on_fail true`)
  run(uuid, 'bridge', 'error/USER_BUSY')
  client.ask(`api uuid_recv_dtmf ${uuid} 123`)
  clock.advance(1_100)
  const heard = client.events().findLast((event) => event['Application'] !== undefined)
  t.match(heard, {
    Application: 'read',
    variable_acd_digits: '123',
    variable_read_result: 'timeout',
  })
})

t.test(
  'play_and_get_digits asks again after a wrong answer, up to its number of tries',
  async (t) => {
    const { clock, sim, call, run, eventsOf } = createWorld()
    const uuid = call()
    const from = eventsOf(uuid).length
    run(uuid, 'play_and_get_digits', '1 1 2 1000 # sorry.wav silence_stream://100 score [1-5]')
    sim.press(uuid, '9')
    clock.advance(200)
    sim.press(uuid, '3')
    clock.advance(20)
    t.strictSame(
      eventsOf(uuid, from).filter((line) => !line.startsWith('PLAYBACK_')),
      [
        'EXECUTE play_and_get_digits',
        'DTMF',
        'DTMF',
        'EXECUTE_COMPLETE play_and_get_digits _none_',
      ],
    )
    t.equal(sim.channels()[0]?.variables['score'], '3')
  },
)

t.test('recordings are identified by their file and closed with the call', async (t) => {
  const { clock, client, sim, call } = createWorld()
  const uuid = call()
  const bodies = [`${uuid} start a.wav 9`, `${uuid} stop b.wav`, 'nobody start a.wav', uuid].map(
    (args) => client.ask(`api uuid_record ${args}`)[0]?.body,
  )
  t.strictSame(bodies, [
    '+OK Success\n',
    '-ERR Cannot stop record session!\n',
    '-ERR Cannot locate session!\n',
    '-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>]\n',
  ])
  t.equal(client.ask('api uuid_recv_dtmf nobody')[0]?.body, '-USAGE: <uuid> <dtmf_data>\n')
  sim.hangUp(uuid)
  clock.advance(20)
  const stops = client.events().filter((event) => event['Event-Name'] === 'RECORD_STOP')
  t.strictSame(
    stops.map((event) => event['Record-File-Path']),
    ['a.wav'],
  )
})
