import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { callbackIdOf } from './call-ids.ts'
import type { ModelCall, Told } from './testing/model-engine.ts'
import { hourMs, ModelWorld, minuteMs, options } from './testing/model-world.ts'

/** Histories: CALLBACK_RUNS raises it where there is time. CALLBACK_SEED and CALLBACK_PATH play one again. */
const { CALLBACK_RUNS = '1000', CALLBACK_SEED, CALLBACK_PATH } = process.env
const replay =
  CALLBACK_SEED === undefined ? {} : { seed: Number(CALLBACK_SEED), path: CALLBACK_PATH ?? '' }

const numbers = ['+4930111111', '030 222222'] as const
const dialOutcomes = [
  'busy',
  'declined',
  'noAnswer',
  'unreachable',
  'failed',
  'withdrawn',
  'unknown',
  'answered',
  'answered',
  'answered',
  'answered',
] as const
const steps = [
  'arrive',
  'arrive',
  'queue',
  'queue',
  'answer',
  'end',
  'end',
  'key',
  'fault',
  'dial',
  'dial',
  'dial',
  'endDial',
  'endDial',
  'endDial',
  'deliver',
  'deliver',
  'deliver',
  'deliver',
  'deliver',
  'deliver',
  'redeliver',
  'sweep',
  'sweep',
  'work',
  'work',
  'work',
  'work',
  'work',
  'work',
  'settle',
  'seconds',
  'minutes',
  'minutes',
  'hour',
  'back',
  'crash',
  'crashBetween',
  'engineRestarts',
  'engineAway',
  'streamAway',
  'enqueue',
  'cancel',
  'machine',
] as const

/** Digits of a die, one after the other. */
class Die {
  #rest: number

  constructor(value: number) {
    this.#rest = value
  }

  roll(sides: number): number {
    const side = this.#rest % sides
    this.#rest = Math.floor(this.#rest / sides)
    return side
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.roll(Math.max(1, items.length))]
  }
}

/** Calls of customers' own that ended unserved after a wait, by id of the obligation due. */
type Debts = Map<string, string>

class History {
  readonly world = new ModelWorld()
  readonly debts: Debts = new Map()
  #calls = 0
  /** The order of what happened cannot be told from its instants. */
  #hasStepped = false

  async play(dice: readonly number[]): Promise<void> {
    const { world } = this
    await world.startReplica()
    await world.startReplica()
    for (const value of dice) {
      const die = new Die(value)
      await this.#step(steps[die.roll(steps.length)] ?? 'work', die)
    }
  }

  async #step(step: (typeof steps)[number], die: Die): Promise<void> {
    const { world } = this
    const { engine } = world
    switch (step) {
      case 'arrive':
        this.#calls += 1
        engine.arrive(`call-${this.#calls}`, die.pick(numbers) ?? numbers[0])
        return
      case 'queue':
        this.#withCall(die, ['arriving'], (call) => engine.queue(call))
        return
      case 'answer':
        this.#withCall(die, ['waiting'], (call) => engine.answer(call))
        return
      case 'key':
        this.#withCall(die, ['waiting'], (call) => !call.isAttempt && engine.pressKey(call))
        return
      case 'end':
        this.#withCall(die, ['arriving', 'waiting', 'talking'], (call) => this.#end(call, false))
        return
      case 'fault':
        this.#withCall(die, ['arriving', 'waiting'], (call) => this.#end(call, true))
        return
      case 'dial':
        for (const callId of [...engine.contacts.keys()]) {
          if (die.roll(3) > 0) {
            engine.dial(callId)
          }
        }
        return
      case 'endDial': {
        const dialling = [...engine.contacts.values()].filter(({ isDialling }) => isDialling)
        engine.endDial(die.pick(dialling)?.callId ?? '', die.pick(dialOutcomes) ?? 'busy')
        return
      }
      case 'deliver':
        this.#deliver(die)
        return
      case 'redeliver': {
        const done = die.pick(engine.events.filter(({ isDone, isInHand }) => isDone && !isInHand))
        if (done !== undefined) {
          world.deliver(done, die.roll(2))
        }
        return
      }
      case 'sweep':
        world.run(die.roll(2), (callbacks) => callbacks.sweep())
        return
      case 'work':
        for (let count = die.roll(12); count >= 0; count -= 1) {
          await world.scheduler.step(die.roll(7))
        }
        if (die.roll(2) === 0) {
          world.flush()
        }
        return
      case 'settle':
        await this.#deliverAll()
        return
      case 'seconds':
        await world.pass(die.roll(60) * 1_000)
        return
      case 'minutes':
        await world.pass(die.roll(10) * minuteMs)
        return
      case 'hour':
        await world.pass(die.roll(2) * hourMs)
        return
      case 'back':
        this.#hasStepped = true
        await world.pass(-die.roll(5) * minuteMs)
        return
      case 'crash':
        await world.crashDuring(die.roll(7))
        return
      case 'crashBetween':
        await world.crashAny(die.roll(2))
        return
      case 'engineRestarts': {
        const told = die.roll(2) === 0
        const lost = die.roll(2) === 0
        this.#noteLost(lost)
        engine.restart(
          () => told,
          () => lost,
        )
        return
      }
      case 'engineAway':
        engine.isAway = die.roll(2) === 0
        return
      case 'streamAway':
        world.isStreamAway = die.roll(2) === 0
        return
      case 'enqueue':
        world.run(die.roll(2), (callbacks) =>
          callbacks.enqueue({
            number: (die.pick(numbers) ?? numbers[0]).replaceAll(' ', ''),
            queue: 'sales',
            reason: 'other',
            callId: `call-${die.roll(5)}`,
          }),
        )
        return
      case 'cancel': {
        const number = (die.pick(numbers) ?? numbers[0]).replaceAll(' ', '')
        world.run(die.roll(2), (callbacks) =>
          callbacks.cancel({ which: { type: 'number', number } }),
        )
        return
      }
      case 'machine': {
        const callId = die.pick([...engine.dialled.keys()])
        if (callId !== undefined) {
          world.run(die.roll(2), (callbacks) => callbacks.reportMachine(callId))
        }
        return
      }
    }
  }

  #withCall(die: Die, states: readonly ModelCall['state'][], act: (call: ModelCall) => unknown) {
    const fitting = [...this.world.engine.calls.values()].filter(({ state }) =>
      states.includes(state),
    )
    const call = die.pick(fitting)
    if (call !== undefined) {
      act(call)
    }
  }

  #end(call: ModelCall, isFault: boolean): void {
    this.#noteDebt(call, isFault)
    this.world.engine.end(call, isFault)
  }

  #noteLost(isLost: boolean): void {
    if (isLost) {
      for (const call of this.world.engine.calls.values()) {
        if (call.state !== 'over') {
          this.#noteDebt(call, true)
        }
      }
    }
  }

  #noteDebt(call: ModelCall, isFault: boolean): void {
    const { now } = this.world
    const isLong = now - call.place >= (options.abandonedAfter ?? 0)
    const isOwed = isFault || (call.state === 'waiting' && isLong)
    if (!call.isAttempt && call.answeredAt === undefined && isOwed) {
      this.debts.set(callbackIdOf(call.callId, 'end', now), call.callId)
    }
  }

  /** Mostly in order for each call, as within one replica; not always. */
  #deliver(die: Die): void {
    const { events } = this.world.engine
    const open = events.filter(({ isDone, isInHand }) => !isDone && !isInHand)
    const inOrder = open.filter((told) => isFirst(told, events))
    const told = die.pick(die.roll(5) === 0 ? open : inOrder)
    if (told !== undefined) {
      this.world.deliver(told, die.roll(2))
    }
  }

  async #deliverAll(): Promise<void> {
    const { world } = this
    for (let round = 0; round < 1_000; round += 1) {
      const open = world.engine.events.filter(({ isDone, isInHand }) => !isDone && !isInHand)
      for (const told of open) {
        world.deliver(told, round)
        await world.settle()
      }
      await world.settle()
      if (world.engine.events.every(({ isDone }) => isDone)) {
        return
      }
    }
    assert.fail('an event is never done with')
  }

  /** Everything comes to its end: faults are over, callers leave, contacts are dialled, time passes. */
  async playOut(seed: number): Promise<void> {
    const { world } = this
    const { engine } = world
    const die = new Die(seed)
    engine.isAway = false
    world.isStreamAway = false
    await this.#lookAfter(0)
    this.#checkPlaces()
    for (const call of engine.calls.values()) {
      if (!call.isAttempt && call.state !== 'over') {
        this.#end(call, false)
      }
    }
    for (let round = 0; round < 60 && (round === 0 || world.records.some(isOpen)); round += 1) {
      await this.#lookAfter(round)
      this.#checkContacts()
      for (const callId of [...engine.contacts.keys()]) {
        engine.dial(callId)
      }
      for (const [index, callId] of [...engine.contacts.keys()].entries()) {
        engine.endDial(callId, dialOutcomes[(seed + round + index) % dialOutcomes.length] ?? 'busy')
      }
      for (const call of engine.calls.values()) {
        if (call.state === 'arriving') {
          engine.queue(call)
        } else if (call.state === 'waiting' && die.roll(2) === 0) {
          engine.answer(call)
        } else if (call.state !== 'over') {
          this.#end(call, false)
        }
      }
      await world.pass(minuteMs * (1 + (round % 20)))
    }
    await this.#deliverAll()
    assert.deepEqual(world.records.filter(isOpen), [], 'an obligation never ends')
    assert.equal(engine.contacts.size, 0, 'a contact is left behind')
    await world.pass(49 * hourMs)
    for (let round = 0; round < 2; round += 1) {
      world.run(round, (callbacks) => callbacks.sweep())
      await world.settle()
    }
    assert.deepEqual(world.records, [], 'what has ended is kept for ever')
    assert.equal(world.notes, 0, 'calls are remembered for ever')
  }

  /** All that is known is acted on, and both replicas have swept. */
  async #lookAfter(round: number): Promise<void> {
    const { world } = this
    await this.#deliverAll()
    world.run(round, (callbacks) => callbacks.sweep())
    world.run(round + 1, (callbacks) => callbacks.sweep())
    await world.settle()
  }

  /** Whoever rang again and waits has the place. */
  #checkPlaces(): void {
    const { engine, said } = this.world
    for (const { type, data } of said.values()) {
      const call = engine.calls.get(String(data['callId']))
      if (type === 'callback.absorbed' && call?.state === 'waiting') {
        assert.ok(engine.given.has(call.callId), 'the place was kept back')
      }
    }
  }

  /** Nobody is about to be dialled who was served, or is on the line, since it was owed. */
  #checkContacts(): void {
    const { engine, records } = this.world
    for (const { callId, number } of engine.contacts.values()) {
      const record = records.find((one) => one.number === number)
      const state = record?.obligation.state
      assert.ok(state?.type === 'attempt' && state.callId === callId, 'a contact nobody wants')
      for (const call of engine.calls.values()) {
        const isOwn = !call.isAttempt && call.number.replace('030 ', '+4930') === number
        const isSettling = isOwn && (call.answeredAt ?? 0) > (record?.obligation.renewedAt ?? 0)
        assert.ok(this.#hasStepped || !isSettling, 'a customer is to be dialled who was served')
      }
    }
  }

  /** What must be true of the whole history. */
  check(): void {
    const { world } = this
    const stories = new Map<string, string[]>()
    for (const [id, { type, data }] of world.said) {
      const callbackId = String(data['callbackId'])
      const turn = Number(id.slice(callbackId.length + 1))
      const story = stories.get(callbackId) ?? []
      stories.set(callbackId, story)
      story[turn] = `${type.slice('callback.'.length)} ${data['reason'] ?? data['outcome'] ?? ''}`
    }
    for (const [callbackId, story] of stories) {
      const told = story.slice(1).map((line) => line.split(' '))
      assert.ok(
        told.every((line) => line.length === 2),
        'an event was never published',
      )
      const words = told.map(([word]) => word).filter((word) => word !== 'attempted')
      assert.ok(
        words.every((word, turn) => (turn % 2 === 0) === (word === 'owed')) &&
          words.length % 2 === 0,
        `each that is owed ends once: ${callbackId} ${words.join(' ')}`,
      )
      assert.ok(
        told.every(([word, why]) => word === 'owed' || why !== ''),
        'an end has a reason',
      )
    }
    assert.deepEqual(new Set(world.owed.keys()), new Set(stories.keys()))
    this.#checkDebts()
    this.#checkEnds()
  }

  #checkDebts(): void {
    const merged = new Set([...this.world.owed.values()].flatMap((calls) => [...calls]))
    for (const [callbackId, callId] of this.debts) {
      assert.ok(this.world.owed.has(callbackId) || merged.has(callId), `forgotten: ${callId}`)
    }
  }

  #checkEnds(): void {
    const { engine, said } = this.world
    for (const { type, data } of said.values()) {
      const callId = String(data['callId'])
      const call = engine.calls.get(callId)
      if (type === 'callback.connected' || data['reason'] === 'answered') {
        assert.ok(call?.answeredAt !== undefined, `${type} without a conversation`)
      }
      if (type === 'callback.absorbed' && call?.answeredAt === undefined) {
        const isOwedAgain = ![...this.world.latest.values()].includes(String(data['callbackId']))
        assert.ok(isOwedAgain, 'absorbed by a call that nobody answered, and forgotten')
      }
    }
  }
}

function isFirst({ event, callId }: Told, events: readonly Told[]): boolean {
  return !events.some(
    (other) => other.callId === callId && !other.isDone && other.event.sequence < event.sequence,
  )
}

function isOpen({ obligation, unsaid, gifts }: ModelWorld['records'][number]): boolean {
  return obligation.state.type !== 'ended' || unsaid.length > 0 || gifts.length > 0
}

t.test('whatever happens, nobody is dialled twice at once, and nobody is forgotten', async () => {
  const die = fc.noBias(fc.nat(0x7fffffff))
  await fc.assert(
    fc.asyncProperty(
      fc.noBias(fc.array(die, { minLength: 20, maxLength: 120, size: 'max' })),
      die,
      async (dice, seed) => {
        const history = new History()
        await history.play(dice)
        await history.playOut(seed)
        history.check()
      },
    ),
    {
      numRuns: Number(CALLBACK_RUNS),
      ...replay,
      endOnFailure: process.env['NOSHRINK'] !== undefined,
    },
  )
})
