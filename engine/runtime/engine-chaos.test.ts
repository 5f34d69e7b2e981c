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
/** The same histories on each run, unless another seed is set. */
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

type Action = readonly [weight: number, name: string, perform: () => void]

/** One world: an engine, a model of a switch, and the actions that can perform to them. */
class World {
  readonly clock = new ManualClock()
  readonly commands: SwitchCommand[] = []
  readonly published: Published[] = []
  readonly faults: string[] = []
  readonly model: ModelSwitch
  readonly rig: EngineRig
  readonly #over = new Set<string>()
  /** Customers for whom dialling was requested. */
  readonly placed: CallId[] = []
  /** Ids that were dialled. */
  readonly #dialled = new Set<string>()

  constructor() {
    this.model = new ModelSwitch(
      () => this.clock.now(),
      (command) => this.#note(command),
    )
    this.rig = new EngineRig(settings(), this.model, this.clock)
  }

  /** The actions that are possible now. Faults are what only a failing switch or network does. */
  possible(hasFaults: boolean): readonly Action[] {
    const { model, clock } = this
    const actions: Action[] = [
      [8, 'time', () => clock.advance(300)],
      [1, 'more time', () => clock.advance(5_000)],
    ]
    const add = (isPossible: boolean, ...action: Action) => {
      if (isPossible) {
        actions.push(action)
      }
    }
    add(model.canExecute, 40, 'execute', () => model.execute())
    add(model.hasEvent, 40, 'event', () => model.deliverEvent())
    add(model.hasReply, 40, 'reply', () => model.deliverReply())
    for (const number of numbers) {
      add(model.callers.size < 4, 3, `arrive ${number}`, () => model.arrive(number))
    }
    actions.push(
      ...[...model.callers.values()].flatMap((caller) => this.#endings(caller)),
      ...[...model.legs.values()].flatMap((leg) => this.#phases(leg)),
      ...[...model.dials.values()].flatMap((dial) => this.#dialPhases(dial)),
    )
    for (const first of ['customer', 'agent'] as const) {
      add(this.placed.length < 5, 2, `place, ${first} first`, () => this.#place(first))
    }
    add(this.placed.length < 5, 1, 'originate', () => this.#originate())
    for (const callId of this.placed) {
      actions.push([1, `withdraw ${callId}`, () => this.withdraw(callId)])
    }
    for (const agentId of agents) {
      const tea = { type: 'onBreak', reason: 'tea' } as const
      actions.push([1, `break ${agentId}`, () => this.#choose(agentId, tea)])
      actions.push([3, `back ${agentId}`, () => this.#choose(agentId, { type: 'available' })])
    }
    add(hasFaults && !model.isConnected, 30, 'connect', () => model.connect())
    add(hasFaults && model.isConnected, 2, 'disconnect', () => model.disconnect())
    add(hasFaults && model.canExecute, 2, 'refused', () => model.refuse('refused'))
    add(hasFaults && model.canExecute, 2, 'timeout', () => model.refuse('timeout'))
    return actions
  }

  #endings(caller: ModelCaller): Action[] {
    const { model } = this
    const { callId } = caller
    const keys = caller.prompts.length === 0 ? [] : ['', '1', '2', '3', '4']
    return [
      ...keys.map(
        (key): Action => [4, `${callId} presses ${key}`, () => model.endPrompt(caller, key)],
      ),
      [2, `${callId} gets a flow`, () => this.#runFlow(callId)],
      [2, `${callId} gets a flow after the conversation`, () => this.#runFlowLater(callId)],
      [1, `${callId} is transferred to a queue`, () => this.#sendOn(callId)],
      [3, `${callId} hangs up`, () => model.endCaller(caller, 'NORMAL_CLEARING')],
      [1, `${callId} is moved by the dialplan`, () => model.transfer(caller, 'voicemail', false)],
      [1, `${callId} is transferred to desk`, () => model.transfer(caller, 'desk', true)],
    ]
  }

  #dialPhases(dial: ModelDial): Action[] {
    const { model } = this
    const { legId, phase } = dial
    const fail = (cause: string): Action => [
      2,
      `${legId} is not reached: ${cause}`,
      () => model.failDial(dial, cause),
    ]
    return phase === 'dialling'
      ? [[20, `${legId} starts to ring`, () => model.ringDial(dial)], fail('NO_ROUTE_DESTINATION')]
      : [
          [15, `${legId} picks up`, () => model.answerDial(dial)],
          fail('USER_BUSY'),
          fail('NO_ANSWER'),
        ]
  }

  #phases(leg: ModelLeg): Action[] {
    const { model } = this
    const { legId, phase } = leg
    const end = (weight: number, cause: string): Action => [
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
          [2, `${legId} resumes`, () => model.hold(leg, false)],
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

  /** Lets the switch and the engine exchange everything that is pending. */
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
    throw new Error('switch and engine never come to rest')
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

function choose(actions: readonly Action[], choice: number): Action {
  let rest = choice % actions.reduce((sum, [weight]) => sum + weight, 0)
  for (const action of actions) {
    rest -= action[0]
    if (rest < 0) {
      return action
    }
  }
  throw new Error('no action is possible')
}

/** Runs a random history. @param trace collects the names of its actions */
async function live(
  choices: readonly number[],
  hasFaults: boolean,
  trace: string[] = [],
): Promise<World> {
  const world = new World()
  world.model.connect()
  await world.settle()
  for (const choice of choices) {
    const [, name, perform] = choose(world.possible(hasFaults), choice)
    trace.push(name)
    perform()
    await flush()
    world.follow()
  }
  return world
}

/** The switch stops the ringing of a phone after this time. */
const maxRingMs = 2_000

/** Runs on without faults, so that the engine and the switch come to agree. */
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
      if (leg.phase === 'ringing' && clock.now() - since > maxRingMs) {
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

/** Checks that the engine has exactly the callers that wait or talk on the switch, and their legs. */
function compare({ model, rig }: World): void {
  const callers = [...model.callers.values()]
  const waiting = callers.filter(isWaiting).length
  const talking = callers.filter((caller) => !isWaiting(caller) && isJoined(caller)).length
  const { liveCalls, liveAgentLegs } = rig.engine
  if (liveCalls < waiting || liveCalls > waiting + talking || liveAgentLegs !== model.legs.size) {
    throw new Error(
      `the switch has ${waiting} waiting and ${talking} talking callers and ${model.legs.size} legs; ` +
        `the engine has ${liveCalls} calls and ${liveAgentLegs} legs`,
    )
  }
}

/**
 * Whether the engine can know that a caller waits. It cannot if the caller was transferred back to us
 * unnoticed, and an offer made before the transfer then ran on the channel.
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

/** Checks the invariants after all callers have hung up. */
function check(world: World): void {
  const { rig, model } = world
  const finalsByLife = new Map<string, string[]>()
  for (const { event, key } of world.published) {
    if (event.type !== 'agent.stateChanged') {
      const before = finalsByLife.get(key) ?? []
      // A caller who waits again after a conversation has another final event to come.
      const isAgain = event.type === 'call.queued' && before.at(-1) === 'call.completed'
      const known = isAgain ? [] : before
      finalsByLife.set(key, isFinal(event) ? [...known, event.type] : known)
    }
  }
  const wrong = [...finalsByLife].filter(([, ends]) => ends.length !== 1)
  if (wrong.length > 0) {
    throw new Error(`not exactly one final event: ${JSON.stringify(wrong)}`)
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

t.test('on a healthy switch nothing is left when all have hung up', async (t) => {
  await fc.assert(
    fc.asyncProperty(choices, async (list) => {
      await liveAndEnd(list, false)
    }),
    { numRuns: runs, seed },
  )
  t.pass('the invariants held')
})

t.test('on a switch with failures and lost connections nothing is left either', async (t) => {
  await fc.assert(
    fc.asyncProperty(choices, async (list) => {
      await liveAndEnd(list, true)
    }),
    { numRuns: runs, seed },
  )
  t.pass('the invariants held')
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
