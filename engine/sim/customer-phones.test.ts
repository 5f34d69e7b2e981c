import t from 'tap'
import { ManualClock } from '../testing/manual-clock.ts'
import { type CustomerPhonesOptions, createCustomerPhones } from './customer-phones.ts'
import { connectMemoryClient } from './memory-client.ts'
import { createRandom } from './random.ts'
import { createSimulatedSwitch } from './simulated-switch.ts'

const fates: Readonly<Record<string, ReturnType<NonNullable<CustomerPhonesOptions['plan']>>>> = {
  '2': { fate: 'letsItRing' },
  '3': { fate: 'rejects' },
  '4': { fate: 'isBusy' },
  '5': { fate: 'isUnreachable' },
}

/** A switch that can dial customers, with a client. */
function createWorld(options: Partial<CustomerPhonesOptions> = {}) {
  const clock = new ManualClock()
  const startsAt = clock.now()
  const random = createRandom(1)
  const customers = createCustomerPhones({ clock, random: random.fork(), ...options })
  const sim = createSimulatedSwitch({
    clock,
    random,
    dialplan: () => undefined,
    phones: customers.phones,
  })
  const client = connectMemoryClient(sim)
  client.ask('auth ClueCon')
  client.ask('event plain BACKGROUND_JOB')
  const dial = (number: string, uuid: string): void => {
    const variables = `origination_uuid=${uuid},leg_timeout=20,origination_caller_id_number=7800`
    client.ask(`bgapi originate {${variables}}sofia/gateway/sim/${number} &park()`)
  }
  const execute = (uuid: string, application: string, data: string): void => {
    client.ask(
      `sendmsg ${uuid}\ncall-command: execute\nexecute-app-name: ${application}\nexecute-app-arg: ${data}`,
    )
  }
  const jobs = () => client.events().map((event) => event['_body']?.trim())
  return { startsAt, clock, sim, client, customers, dial, execute, jobs }
}

t.test('a customer records how each call ended, and who called', async (t) => {
  const { clock, client, customers, dial, execute, jobs, startsAt } = createWorld({
    plan: (number) => ({
      fate: 'answers',
      afterMs: 1_000,
      patienceMs: 5_000,
      talkMs: 3_000,
      ...fates[number],
    }),
  })
  for (const number of ['1', '2', '3', '4', '5', '6', '7']) dial(number, `leg-${number}`)
  clock.advance(2_000)
  client.ask('api uuid_kill leg-6')
  execute('leg-7', 'bridge', 'sofia/gateway/sim/8')
  clock.advance(30_000)
  t.strictSame(
    customers.calls.map(({ number, outcome }) => `${number} ${outcome}`),
    [
      '1 gaveUp',
      '2 missed',
      '3 rejected',
      '4 busy',
      '5 unreachable',
      '6 dropped',
      '7 talked',
      '8 talked',
    ],
  )
  t.strictSame(customers.calls[6], {
    number: '7',
    callerId: '7800',
    legId: 'leg-7',
    rungAt: startsAt,
    answeredAt: startsAt + 1_000,
    joinedAt: startsAt + 3_040,
    endedAt: startsAt + 6_040,
    outcome: 'talked',
  })
  t.strictSame(jobs().sort(), [
    '+OK leg-1',
    '+OK leg-6',
    '+OK leg-7',
    '-ERR ALLOTTED_TIMEOUT',
    '-ERR CALL_REJECTED',
    '-ERR NORMAL_TEMPORARY_FAILURE',
    '-ERR USER_BUSY',
  ])
})

t.test('a customer in a call is busy for a second one', async (t) => {
  const { clock, customers, dial } = createWorld({ answerMs: [100, 100], patienceMs: 1e9 })
  dial('1', 'one')
  clock.advance(200)
  dial('1', 'two')
  clock.advance(200)
  t.strictSame(
    customers.calls.map(({ legId, outcome }) => [legId, outcome]),
    [
      ['one', undefined],
      ['two', 'busy'],
    ],
  )
})

t.test(
  'a customer presses the key asked for, and hangs up soon after the agent has left',
  async (t) => {
    const { clock, sim, client, customers, dial, execute } = createWorld({
      plan: () => ({
        fate: 'answers',
        afterMs: 100,
        patienceMs: 60_000,
        talkMs: Number.POSITIVE_INFINITY,
      }),
      keysFor: (prompt, number) => (prompt === 'ask.wav' ? `${number}` : undefined),
      lingerMs: 500,
    })
    dial('4', 'one')
    clock.advance(200)
    execute('one', 'read', '1 1 other.wav keys 1000 #')
    clock.advance(10_000)
    t.equal(client.ask('api uuid_getvar one keys')[0]?.body, '_undef_')
    execute('one', 'read', '1 1 ask.wav keys 1000 #')
    clock.advance(6_000)
    t.equal(client.ask('api uuid_getvar one keys')[0]?.body, '4')
    client.ask('api uuid_setvar one park_after_bridge true')
    execute('one', 'bridge', '{origination_uuid=agent}sofia/gateway/sim/8')
    clock.advance(1_000)
    client.ask('api uuid_kill agent')
    clock.advance(1_000)
    t.match(customers.calls[0], { outcome: 'talked' })
    t.strictSame(sim.channels(), [])
  },
)

t.test('calls fail as often as the probabilities say, and every call ends', async (t) => {
  const faults = { letsItRing: 0.2, rejects: 0.2, isBusy: 0.2, isUnreachable: 0.2 }
  const { clock, customers, dial, jobs } = createWorld({ faults })
  for (let n = 0; n < 200; n++) dial(`${n}`, `leg-${n}`)
  clock.advance(600_000)
  const counts: Record<string, number> = {}
  for (const { outcome } of customers.calls) {
    counts[`${outcome}`] = (counts[`${outcome}`] ?? 0) + 1
  }
  t.strictSame(
    new Set(Object.keys(counts)),
    new Set(['busy', 'gaveUp', 'missed', 'rejected', 'unreachable']),
  )
  t.ok(Object.values(counts).every((count) => count > 20 && count < 60))
  t.equal(jobs().length, 200)
})

t.test('a dial string that is not a customer’s is left to other phone books', async (t) => {
  const { customers } = createWorld()
  t.equal(customers.phones('sofia/gateway/other/1'), undefined)
  t.equal(customers.phones('sofia/gateway/sim/'), undefined)
  const [own] = [
    createCustomerPhones({ clock: new ManualClock(), random: createRandom(1), prefix: 'x/' }),
  ]
  t.equal(typeof own?.phones('x/1'), 'function')
})
