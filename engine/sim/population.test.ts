import t from 'tap'
import { ManualClock } from '../testing/manual-clock.ts'
import { agentDialString, createAgentPhones, type PhoneFault } from './agent-phones.ts'
import { acdActions, action, createDialplan } from './dialplan.ts'
import { connectMemoryClient } from './memory-client.ts'
import { createPopulation, type PopulationOptions } from './population.ts'
import { createRandom } from './random.ts'
import { createSimulatedSwitch } from './simulated-switch.ts'

interface World {
  readonly seed?: number
  readonly agents?: number
  readonly faults?: Partial<Record<PhoneFault, number>>
  readonly wayOutSeconds?: number
  readonly callers?: Partial<PopulationOptions>
}

/** A switch with callers and agents, and a minimal engine: each caller goes to the next free agent. */
function createWorld({ seed = 1, agents = 0, faults = {}, wayOutSeconds, callers = {} }: World) {
  const clock = new ManualClock()
  const random = createRandom(seed)
  const sim = createSimulatedSwitch({
    clock,
    random: random.fork(),
    dialplan: createDialplan({
      '1000': acdActions({
        tenant: 'acme',
        ...(wayOutSeconds === undefined
          ? {}
          : { wayOut: { afterSeconds: wayOutSeconds, extension: '9000' } }),
      }),
      '9000': [action('playback sorry.wav'), action('hangup')],
    }),
    phones: createAgentPhones({ clock, random: random.fork(), faults }),
  })
  const free = Array.from({ length: agents }, (_, index) => agentDialString(index + 1))
  const waiting: string[] = []
  const agentOf = new Map<string, string>()
  const dispositions: string[] = []
  const client = connectMemoryClient(sim, ({ body }) => {
    // A few headers are read from the text, since decoding every event would take most of the test's time.
    const header = (name: string): string =>
      new RegExp(`^${name}: (.*)$`, 'm').exec(body)?.[1] ?? ''
    const uuid = header('Unique-ID')
    if (body.startsWith('Event-Name: CHANNEL_PARK')) waiting.push(uuid)
    if (body.includes('\nApplication: bridge\n')) {
      dispositions.push(header('variable_originate_disposition'))
      free.push(agentOf.get(uuid) ?? '')
      if (header('Hangup-Cause') === '') waiting.push(uuid)
    }
    offer()
  })
  function offer(): void {
    while (free.length > 0 && waiting.length > 0) {
      const [uuid = '', agent = ''] = [waiting.shift(), free.shift()]
      agentOf.set(uuid, agent)
      const set = `api uuid_setvar_multi ${uuid} continue_on_fail=true;hangup_after_bridge=true`
      const bridge = `call-command: execute\nexecute-app-name: bridge\nexecute-app-arg: {leg_timeout=5}${agent}`
      client.send(`${set}\n\nsendmsg ${uuid}\n${bridge}\n\n`)
    }
  }
  client.ask('auth ClueCon')
  client.ask('event plain CHANNEL_PARK CHANNEL_EXECUTE_COMPLETE')
  const population = createPopulation(sim, {
    clock,
    random: random.fork(),
    numbers: ['1000'],
    ...callers,
  })
  return { clock, sim, population, dispositions }
}

const none = { mean: 0, p50: 0, p90: 0, p99: 0, max: 0 }

t.test(
  'callers who dial at once are answered one after the other, and each is counted once',
  async (t) => {
    const { clock, sim, population } = createWorld({
      agents: 4,
      callers: { burst: 40, talkMs: 1_000 },
    })
    population.start()
    t.equal(population.present, 40)
    population.rung('nobody')
    const settled = population.settled()
    clock.advance(120_000)
    await settled
    const { waitMs, ...counts } = population.ledger.summary()
    t.strictSame(counts, {
      offered: 40,
      answered: 40,
      abandoned: 0,
      overflowed: 0,
      lost: 0,
      unfinished: 0,
      untilRungMs: none,
      abandonedAfterMs: none,
    })
    t.ok(waitMs.p50 < waitMs.p99 && waitMs.p99 <= waitMs.max && waitMs.max < 60_000)
    t.strictSame(sim.channels(), [])
    await population.settled()
  },
)

t.test('without agents every caller hangs up when their patience ends', async (t) => {
  const { clock, population } = createWorld({ callers: { burst: 300, patienceMs: 10_000 } })
  population.start()
  clock.advance(300_000)
  const { offered, abandoned, lost, abandonedAfterMs } = population.ledger.summary()
  t.strictSame([offered, abandoned, lost], [300, 300, 0])
  t.ok(Math.abs(abandonedAfterMs.mean - 10_000) < 2_000, `mean ${abandonedAfterMs.mean}`)
})

t.test('callers arrive at the given rate until stopped', async (t) => {
  const { clock, population } = createWorld({ callers: { rate: 10 } })
  population.start()
  clock.advance(30_000)
  population.stop()
  const { offered } = population.ledger.summary()
  t.ok(Math.abs(offered - 300) < 60, `offered ${offered}`)
  clock.advance(60_000)
  t.equal(population.ledger.summary().offered, offered)
  population.hangUpAll()
  t.equal(population.present, 0)
})

t.test('callers whom the dialplan sends on have overflowed; those it drops are lost', async (t) => {
  const overflowing = createWorld({ wayOutSeconds: 30, callers: { burst: 3 } })
  overflowing.population.start()
  overflowing.clock.advance(60_000)
  t.match(overflowing.population.ledger.summary(), { overflowed: 3, lost: 0 })
  const dropping = createWorld({ callers: { burst: 2, numbers: ['nowhere'] } })
  dropping.population.start()
  t.match(dropping.population.ledger.summary(), { offered: 2, lost: 2, unfinished: 0 })
})

t.test('each fault of a phone occurs with its probability', async (t) => {
  const { clock, population, dispositions } = createWorld({
    agents: 20,
    faults: { noAnswer: 0.1, busy: 0.1, reject: 0.1, unreachable: 0.1 },
    callers: { burst: 250, talkMs: 500 },
  })
  population.start()
  clock.advance(600_000)
  const share = (disposition: string): number =>
    dispositions.filter((each) => each === disposition).length / dispositions.length
  for (const fault of [
    'ALLOTTED_TIMEOUT',
    'USER_BUSY',
    'CALL_REJECTED',
    'NORMAL_TEMPORARY_FAILURE',
  ]) {
    t.ok(Math.abs(share(fault) - 0.1) < 0.05, `${fault} ${share(fault)}`)
  }
  t.match(population.ledger.summary(), { answered: 250, lost: 0 })
})

t.test('a phone in a call is busy for a second one', async (t) => {
  const clock = new ManualClock()
  const phones = createAgentPhones({ clock, random: createRandom(1), answerMs: [10, 10] })
  const happened: string[] = []
  const call = (name: string) => ({
    legId: name,
    dialString: agentDialString(1),
    variables: new Map(),
    ring: () => happened.push(`${name} rings`),
    answer: () => happened.push(`${name} answered`),
    refuse: (cause: string) => happened.push(`${name} ${cause}`),
    hangUp: () => undefined,
    press: () => undefined,
  })
  const phone = phones(agentDialString(1))
  const first = phone?.(call('one'))
  clock.advance(10)
  const second = phone?.(call('two'))
  second?.ended('USER_BUSY')
  phone?.(call('three'))
  first?.ended('NORMAL_CLEARING')
  phone?.(call('four'))
  t.strictSame(happened, [
    'one rings',
    'one answered',
    'two USER_BUSY',
    'three USER_BUSY',
    'four rings',
  ])
  t.equal(phones('user/1001'), undefined)
})

t.test('the same seed gives the same day, another seed gives another', async (t) => {
  const day = (seed: number) => {
    const { clock, population } = createWorld({
      seed,
      agents: 3,
      faults: { noAnswer: 0.1, reject: 0.1 },
      callers: { rate: 2, talkMs: 3_000, patienceMs: 20_000 },
    })
    population.start()
    clock.advance(60_000)
    return population.ledger.records
  }
  t.strictSame(day(5), day(5))
  t.notSame(day(5), day(6))
})

t.test('callers answer the prompts they have keys for', async (t) => {
  const { clock, sim, population } = createWorld({
    callers: {
      burst: 2,
      patienceMs: 60_000,
      keysFor: (prompt) => (prompt === 'menu.wav' ? '2' : undefined),
      thinkMs: [500, 500],
    },
  })
  const client = connectMemoryClient(sim)
  client.ask('auth ClueCon')
  client.ask('event plain CHANNEL_EXECUTE_COMPLETE')
  population.start()
  const [first, second] = sim.channels()
  const ask = (uuid: string | undefined, prompt: string) =>
    client.send(
      `sendmsg ${uuid}\ncall-command: execute\nexecute-app-name: read\nexecute-app-arg: 1 1 ${prompt} answer 1000 # 1000\n\n`,
    )
  ask(first?.uuid, 'menu.wav')
  ask(second?.uuid, 'riddle.wav')
  clock.advance(600)
  t.strictSame(
    client
      .events()
      .filter((event) => event['Application'] === 'read')
      .map((event) => [event['Unique-ID'], event['variable_answer']]),
    [[first?.uuid, '2']],
  )
  population.hangUpAll()
})
