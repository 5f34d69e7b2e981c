import fc from 'fast-check'
import t from 'tap'
import type { EngineEvent, EventType } from '../catalogue/events/events.ts'
import type { AgentId, CallId } from '../catalogue/ids.ts'
import { EngineRig, type Published, tenantSettings } from '../rigs/engine-rig.ts'
import {
  type ModelCaller,
  type ModelDial,
  type ModelLeg,
  ModelSwitch,
} from '../rigs/model-switch.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import { ManualClock } from '../testing/manual-clock.ts'

const runs = Number(process.env['RUNTIME_RUNS'] ?? 150)
/** The same worlds each time, unless others are asked for. */
const seed = Number(process.env['RUNTIME_SEED'] ?? 1)

const settings = () => ({
  ...tenantSettings(
    {
      sales: {
        strategy: 'ringAll',
        ringMs: 2_000,
        maxWaitMs: 9_000,
        wrapUpMs: 1_000,
        overflow: { maxWait: { type: 'queue', queueId: 'help' as never } },
      },
      help: {
        ringMs: 2_000,
        maxWaitMs: 7_000,
        retryDeclinedMs: 1_000,
        capacity: 1,
        overflow: {
          maxWait: { type: 'transfer', extension: 'exit', dialplan: 'XML', context: 'public' },
          full: { type: 'queue', queueId: 'desk' as never },
        },
      },
      desk: {
        strategy: 'ringProgressively',
        ringMs: 1_000,
        ringStepMs: 500,
        maxWaitMs: 5_000,
        retryDeclinedMs: 2_000,
        maxUnstaffedMs: 500,
        joinUnstaffed: false,
        overflow: {
          maxWait: { type: 'flow', flow: 'sorry' },
          unstaffed: { type: 'queue', queueId: 'sales' as never },
        },
      },
    },
    {
      ann: {
        queues: ['sales', 'help'],
        maxMisses: 2,
        restMs: { busy: 500, declined: 500, noAnswer: 500, unreachable: 500 },
      },
      bob: { queues: ['sales', 'desk'] },
      eve: { queues: ['help', 'desk'] },
    },
    {},
    {
      menu: {
        timeLimit: '8s',
        steps: [
          { play: 'hello.wav' },
          {
            menu: {
              keys: { 1: 'sales', 2: 'help', 3: 'exit', 4: 'message' },
              into: 'choice',
              timeout: '2s',
              tries: 2,
              otherwise: 'sales',
            },
          },
          { name: 'message', record: { into: 'message', folder: '/tmp', max: '2s' }, next: 'end' },
          { name: 'exit', transfer: 'exit' },
          { name: 'sales', queue: 'sales' },
          { name: 'help', queue: 'help' },
        ],
      },
      sorry: {
        timeLimit: '3s',
        steps: [
          { play: 'sorry.wav', bargeIn: true },
          { menu: { keys: { 1: 'again', 2: 'end', 3: 'bye' }, timeout: '1s', tries: 1 } },
          { name: 'again', queue: 'desk' },
          { name: 'bye', hangup: 'USER_BUSY' },
        ],
      },
    },
  ),
  outbound: {
    ...{ address: 'gw/{number}', callerId: undefined, ringMs: 3_000, switches: undefined },
  },
})

const agents = ['ann', 'bob', 'eve'] as AgentId[]
const numbers = ['sales', 'help', 'desk', 'menu', 'nowhere']

const finals: ReadonlySet<EventType> = new Set([
  'call.completed',
  'call.abandoned',
  'call.transferred',
  'call.lost',
  'call.contained',
  'call.sentAway',
  'call.rejected',
])
const isFinal = (event: EngineEvent) =>
  finals.has(event.type) ||
  (event.type === 'call.dialEnded' && event.data.outcome !== 'answered') ||
  (event.type === 'call.overflowed' &&
    event.data.toQueue === undefined &&
    event.data.toFlow === undefined)

type Thing = readonly [weight: number, name: string, happen: () => void]

/** One world: an engine, a switch, and a person who lets things happen. */
class World {
  readonly clock = new ManualClock()
  readonly commands: SwitchCommand[] = []
  readonly published: Published[] = []
  readonly faults: string[] = []
  readonly model: ModelSwitch
  readonly rig: EngineRig
  readonly #over = new Set<string>()
  /** Those who were to be dialled. */
  readonly placed: CallId[] = []
  /** Ids for which a customer's phone was dialled. */
  readonly #dialled = new Set<string>()

  constructor() {
    this.model = new ModelSwitch(
      () => this.clock.now(),
      (command) => this.#note(command),
    )
    this.rig = new EngineRig(settings(), this.model, this.clock)
  }

  /** What may happen now. A fault is what a switch or network does only when it is ill. */
  possible(hasFaults: boolean): readonly Thing[] {
    const { model, clock } = this
    const things: Thing[] = [
      [8, 'time', () => clock.advance(300)],
      [1, 'much time', () => clock.advance(5_000)],
    ]
    const add = (isPossible: boolean, ...thing: Thing) => {
      if (isPossible) {
        things.push(thing)
      }
    }
    add(model.canExecute, 40, 'execute', () => model.execute())
    add(model.hasEvent, 40, 'event', () => model.deliverEvent())
    add(model.hasReply, 40, 'reply', () => model.deliverReply())
    for (const number of numbers) {
      add(model.callers.size < 4, 3, `arrive ${number}`, () => model.arrive(number))
    }
    things.push(
      ...[...model.callers.values()].flatMap((caller) => this.#endings(caller)),
      ...[...model.legs.values()].flatMap((leg) => this.#phases(leg)),
      ...[...model.dials.values()].flatMap((dial) => this.#dialPhases(dial)),
    )
    for (const first of ['customer', 'agent'] as const) {
      add(this.placed.length < 5, 2, `place, ${first} first`, () => this.#place(first))
    }
    add(this.placed.length < 5, 1, 'originate', () => this.#originate())
    for (const callId of this.placed) {
      things.push([1, `withdraw ${callId}`, () => this.withdraw(callId)])
    }
    for (const agentId of agents) {
      const tea = { type: 'onBreak', reason: 'tea' } as const
      things.push([1, `break ${agentId}`, () => this.#choose(agentId, tea)])
      things.push([3, `back ${agentId}`, () => this.#choose(agentId, { type: 'available' })])
    }
    add(hasFaults && !model.isConnected, 30, 'connect', () => model.connect())
    add(hasFaults && model.isConnected, 2, 'disconnect', () => model.disconnect())
    add(hasFaults && model.canExecute, 2, 'refused', () => model.refuse('refused'))
    add(hasFaults && model.canExecute, 2, 'timeout', () => model.refuse('timeout'))
    return things
  }

  #endings(caller: ModelCaller): Thing[] {
    const { model } = this
    const { callId } = caller
    const keys = caller.prompts.length === 0 ? [] : ['', '1', '2', '3', '4']
    return [
      ...keys.map((key): Thing => [4, `${callId} says ${key}`, () => model.endPrompt(caller, key)]),
      [2, `${callId} hears a flow`, () => this.#runFlow(callId)],
      [2, `${callId} hears a flow later`, () => this.#runFlowLater(callId)],
      [1, `${callId} is sent on`, () => this.#sendOn(callId)],
      [3, `${callId} hangs up`, () => model.endCaller(caller, 'NORMAL_CLEARING')],
      [1, `${callId} is taken away`, () => model.transfer(caller, 'voicemail', false)],
      [1, `${callId} is sent to desk`, () => model.transfer(caller, 'desk', true)],
    ]
  }

  #dialPhases(dial: ModelDial): Thing[] {
    const { model } = this
    const { legId, phase } = dial
    const fail = (cause: string): Thing => [
      2,
      `${legId} is not reached: ${cause}`,
      () => model.failDial(dial, cause),
    ]
    return phase === 'dialling'
      ? [[20, `${legId} is called`, () => model.ringDial(dial)], fail('NO_ROUTE_DESTINATION')]
      : [
          [15, `${legId} picks up`, () => model.answerDial(dial)],
          fail('USER_BUSY'),
          fail('NO_ANSWER'),
        ]
  }

  #phases(leg: ModelLeg): Thing[] {
    const { model } = this
    const { legId, phase } = leg
    const end = (weight: number, cause: string): Thing => [
      weight,
      `${legId} ends: ${cause}`,
      () => model.endLeg(leg, cause),
    ]
    switch (phase) {
      case 'dialling':
        return [
          [30, `${legId} rings`, () => model.ring(leg)],
          end(2, 'SUBSCRIBER_ABSENT'),
          end(2, 'USER_BUSY'),
        ]
      case 'ringing':
        return [
          [20, `${legId} answers`, () => model.answer(leg)],
          end(3, 'CALL_REJECTED'),
          end(3, 'ALLOTTED_TIMEOUT'),
        ]
      case 'answered':
        return [[20, `${legId} is joined`, () => model.join(leg)], end(3, 'NORMAL_CLEARING')]
      case 'joined':
        return [
          end(8, 'NORMAL_CLEARING'),
          [2, `${legId} holds`, () => model.hold(leg, true)],
          [2, `${legId} holds no more`, () => model.hold(leg, false)],
        ]
    }
  }

  get #tenant() {
    const tenant = this.rig.engine.tenants.get('acme')
    if (tenant === undefined) {
      throw new TypeError('there is no tenant acme')
    }
    return tenant
  }

  #request() {
    const callId = `customer-${this.placed.length + 1}` as CallId
    this.placed.push(callId)
    return { callId, number: '49301' }
  }

  #place(first: 'customer' | 'agent'): void {
    const place = { queueId: 'sales', enqueuedAt: this.clock.now() - 5_000 }
    void this.#tenant.dialling.place(this.#request(), place, first === 'agent')
  }

  #originate(): void {
    void this.#tenant.dialling.originate(this.#request(), { flow: 'menu' })
  }

  withdraw(callId: CallId): void {
    this.#tenant.dialling.withdraw(callId)
  }

  #runFlow(callId: string): void {
    this.#tenant.calls.runFlow(callId, { flow: 'sorry' })
  }

  #runFlowLater(callId: string): void {
    this.#tenant.calls.runFlowAfterTalk(callId, { flow: 'sorry' })
  }

  #sendOn(callId: string): void {
    this.#tenant.calls.transfer(callId, { type: 'queue', queueId: 'help' })
  }

  #choose(agentId: AgentId, status: { type: 'available' } | { type: 'onBreak'; reason: string }) {
    this.rig.engine.tenants.get('acme')?.notifyCore({ type: 'statusChosen', agentId, status })
  }

  /** Lets the switch and the engine say all they have to say. */
  async settle(): Promise<void> {
    const { model } = this
    for (let step = 0; step < 10_000; step += 1) {
      if (model.canExecute) {
        model.execute()
      } else if (model.hasEvent) {
        model.deliverEvent()
      } else if (model.hasReply) {
        model.deliverReply()
        await flush()
      } else {
        return
      }
    }
    throw new Error('it never comes to rest')
  }

  follow(): void {
    for (const one of this.rig.takePublished()) {
      this.published.push(one)
      const { event } = one
      if (event.type === 'call.arrived' || event.type === 'call.queued') {
        this.#over.delete(event.data.callId)
      } else if (event.type !== 'agent.stateChanged' && isFinal(event)) {
        this.#over.add(event.data.callId)
      }
    }
  }

  #note(command: SwitchCommand): void {
    this.commands.push(command)
    this.follow()
    if (command.type === 'dial' && command.marks.origin !== 'agentFirst') {
      if (this.#dialled.has(command.legId)) {
        this.faults.push(`${command.legId} is dialled twice`)
      }
      this.#dialled.add(command.legId)
    }
    if (
      (command.type === 'offer' || command.type === 'playMusic') &&
      this.#over.has(command.callId)
    ) {
      this.faults.push(`${command.type} after the end of ${command.callId}`)
    }
  }
}

const flush = () => new Promise((resolve) => setImmediate(resolve))

function choose(things: readonly Thing[], choice: number): Thing {
  let rest = choice % things.reduce((sum, [weight]) => sum + weight, 0)
  for (const thing of things) {
    rest -= thing[0]
    if (rest < 0) {
      return thing
    }
  }
  throw new Error('no choice')
}

/** @param trace takes the names of what happened */
async function live(
  choices: readonly number[],
  hasFaults: boolean,
  trace: string[] = [],
): Promise<World> {
  const world = new World()
  world.model.connect()
  await world.settle()
  for (const choice of choices) {
    const [, name, happen] = choose(world.possible(hasFaults), choice)
    trace.push(name)
    happen()
    await flush()
    world.follow()
  }
  return world
}

/** A switch ends the ringing of a phone by itself. */
const longestRingMs = 2_000

/** No more faults: the engine and the switch come to agree. */
async function heal(world: World): Promise<void> {
  const { model, clock } = world
  if (!model.isConnected) {
    model.connect()
  }
  const ringsSince = new Map<ModelLeg, number>()
  for (let second = 0; second < 40; second += 1) {
    await world.settle()
    for (const leg of [...model.legs.values()]) {
      if (leg.phase === 'dialling') {
        model.ring(leg)
      }
      const since = ringsSince.get(leg) ?? clock.now()
      ringsSince.set(leg, since)
      if (leg.phase === 'ringing' && clock.now() - since > longestRingMs) {
        model.endLeg(leg, 'ALLOTTED_TIMEOUT')
      }
    }
    for (const dial of [...model.dials.values()]) {
      if (dial.phase === 'dialling') {
        model.ringDial(dial)
      } else {
        model.failDial(dial, 'NO_ANSWER')
      }
    }
    clock.advance(500)
  }
  await world.settle()
  world.follow()
}

/** When all is said, the engine holds exactly the callers that wait or talk on the switch, and their legs. */
function compare({ model, rig }: World): void {
  const callers = [...model.callers.values()]
  const waiting = callers.filter(isWaiting).length
  const talking = callers.filter((caller) => !isWaiting(caller) && isJoined(caller)).length
  const { liveCalls, liveAgentLegs } = rig.engine
  if (liveCalls < waiting || liveCalls > waiting + talking || liveAgentLegs !== model.legs.size) {
    throw new Error(
      `${waiting} wait, ${talking} talk elsewhere, ${model.legs.size} legs: ` +
        `the engine holds ${liveCalls} and ${liveAgentLegs}`,
    )
  }
}

/**
 * A caller whom an offer to the life before reached after a transfer to us that nobody
 * heard of: the switch cannot say that this one waits.
 */
function isWaiting({ isParked, activity, marks, dialledNumber }: ModelCaller): boolean {
  const { state, takenNumber } = marks
  const isOurs = takenNumber === dialledNumber && state !== 'left' && state !== 'served'
  return isParked && (activity === 'parked' || isOurs)
}

const isJoined = ({ bridge }: ModelCaller) =>
  bridge?.legs.some(({ phase }) => phase === 'joined') === true

async function endAll(world: World): Promise<void> {
  const { model } = world
  for (const callId of world.placed) {
    world.withdraw(callId)
  }
  await heal(world)
  compare(world)
  for (const caller of [...model.callers.values()]) {
    model.endCaller(caller, 'NORMAL_CLEARING')
  }
  await heal(world)
}

/** What must be true of every world when all callers have hung up. */
function check(world: World): void {
  const { rig, model } = world
  const finalsByLife = new Map<string, string[]>()
  for (const { event, key } of world.published) {
    if (event.type !== 'agent.stateChanged') {
      const before = finalsByLife.get(key) ?? []
      // Who was served and waits again has one more end before them.
      const isAgain = event.type === 'call.queued' && before.at(-1) === 'call.completed'
      const known = isAgain ? [] : before
      finalsByLife.set(key, isFinal(event) ? [...known, event.type] : known)
    }
  }
  const wrong = [...finalsByLife].filter(([, ends]) => ends.length !== 1)
  if (wrong.length > 0) {
    throw new Error(`not exactly one end: ${JSON.stringify(wrong)}`)
  }
  const { reserved, ringing, talking, wrapUp } = rig.acd?.agentsByState() ?? {}
  const rest = {
    faults: world.faults,
    faulted: rig.counts['faulted'] ?? 0,
    liveCalls: rig.engine.liveCalls,
    liveAgentLegs: rig.engine.liveAgentLegs,
    legs: [...model.legs.keys(), ...model.dials.keys()],
    occupied: [reserved, ringing, talking, wrapUp],
    depth: ['sales', 'help', 'desk'].map((queueId) => rig.acd?.depth(queueId as never).waiting),
  }
  const none = {
    faults: [],
    faulted: 0,
    liveCalls: 0,
    liveAgentLegs: 0,
    legs: [],
    occupied: [0, 0, 0, 0],
    depth: [0, 0, 0],
  }
  if (JSON.stringify(rest) !== JSON.stringify(none)) {
    throw new Error(`something is left: ${JSON.stringify(rest)}`)
  }
}

const choices = fc.array(fc.nat({ max: 9_999 }), { minLength: 5, maxLength: 150, size: 'max' })

async function liveAndEnd(list: readonly number[], hasFaults: boolean): Promise<void> {
  const trace: string[] = []
  try {
    const world = await live(list, hasFaults, trace)
    await endAll(world)
    check(world)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${trace.join('; ')}`)
  }
}

t.test('on a sound switch nothing is left when all have hung up', async (t) => {
  await fc.assert(
    fc.asyncProperty(choices, async (list) => {
      await liveAndEnd(list, false)
    }),
    { numRuns: runs, seed },
  )
  t.pass('held')
})

t.test('a switch that fails, refuses and is lost leaves nothing behind either', async (t) => {
  await fc.assert(
    fc.asyncProperty(choices, async (list) => {
      await liveAndEnd(list, true)
    }),
    { numRuns: runs, seed },
  )
  t.pass('held')
})

t.test('the same history gives the same commands and the same events', async (t) => {
  await fc.assert(
    fc.asyncProperty(choices, fc.boolean(), async (list, hasFaults) => {
      const first = await live(list, hasFaults)
      const second = await live(list, hasFaults)
      t.strictSame(second.commands, first.commands)
      t.strictSame(second.published, first.published)
    }),
    { numRuns: Math.ceil(runs / 10), seed },
  )
})
