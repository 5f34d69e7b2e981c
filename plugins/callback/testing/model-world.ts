import assert from 'node:assert/strict'
import { type EpochMs, refuse, SwitchyardError, z } from '../../../engine/plugin/index.ts'
import { type Callbacks, openCallbacks } from '../callbacks.ts'
import { openDoNotCall } from '../do-not-call.ts'
import { isLive, type NumberRecord, type Obligation } from '../obligation.ts'
import { optionsSchema } from '../options.ts'
import { isSettled, ModelEngine, type Told } from './model-engine.ts'
import { createScheduler, rest } from './scheduler.ts'
import { createSharedKv } from './shared-kv.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Short spans, so that a history of some hours holds a whole life of an obligation. */
export const options = optionsSchema.parse({
  numbers: { countryCode: '49' },
  attempts: 3,
  spacing: { busy: '1m', declined: '2m', noAnswer: '3m', machine: '5m', other: '2m' },
  expireAfter: '2h',
  keepFor: '1d',
  abandonedAfter: '10s',
  hours: {
    timeZone: 'UTC',
    days: { 'mon-sun': ['00:00-10:30', '10:40-24:00'] },
  },
  requests: [{ flow: 'waiting', variable: 'choice', value: '1' }],
})

interface Replica {
  readonly name: string
  readonly callbacks: Callbacks
  /** What it has in hand. */
  readonly tasks: Set<Promise<void>>
}

/** An event of the plugin, as the stream keeps it. */
export interface Said {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Two replicas, a broker and a model engine, moved by a test one operation at a time. */
export class ModelWorld {
  readonly scheduler = createScheduler()
  readonly engine: ModelEngine
  readonly said = new Map<string, Said>()
  /** Obligations there ever were, and the calls that each came from. */
  readonly owed = new Map<string, Set<string>>()
  /** The last obligation of each number. */
  readonly latest = new Map<string, string>()
  isStreamAway = false
  now: EpochMs = Date.UTC(2026, 10, 3, 10, 0)
  #replicas: Replica[] = []
  #names = 0
  #chances = 0
  readonly #kv = createSharedKv(this.scheduler, (name, _key, before, after) => {
    if (name === 'numbers') {
      this.#checkWrite(before as NumberRecord | undefined, after as NumberRecord | undefined)
    }
  })

  constructor() {
    this.engine = new ModelEngine(() => this.now)
  }

  get records(): readonly NumberRecord[] {
    return [...this.#kv.kept('numbers').values()].map(({ value }) => value as NumberRecord)
  }

  get notes(): number {
    return this.#kv.kept('calls').size
  }

  /** What must hold of each change of a record, whoever makes it. */
  #checkWrite(before: NumberRecord | undefined, after: NumberRecord | undefined): void {
    if (before !== undefined && isLive(before.obligation)) {
      const { callbackId } = before.obligation
      assert.equal(after?.obligation.callbackId, callbackId, 'what lives is replaced by nothing')
    }
    if (after !== undefined) {
      const { callbackId, calls, attempts } = after.obligation
      assert.ok(attempts.length <= options.attempts, 'more attempts than allowed')
      const ids = new Set(attempts.map(({ callId }) => callId))
      assert.equal(ids.size, attempts.length, 'two attempts with one id')
      if (before !== undefined && isLive(before.obligation) && !isLive(after.obligation)) {
        this.#checkEnd(before.obligation, after)
      }
      const known = this.owed.get(callbackId) ?? new Set()
      this.owed.set(callbackId, known)
      this.latest.set(after.number, callbackId)
      for (const callId of calls) {
        known.add(callId)
      }
    }
  }

  /** What must hold at the end of an obligation. */
  #checkEnd(before: Obligation, { obligation, retired }: NumberRecord): void {
    const { state, renewedAt } = obligation
    const current = before.state.type === 'attempt' ? before.state.callId : ''
    const call = state.type === 'ended' ? this.engine.calls.get(state.callId ?? '') : undefined
    // Unless the engine had said that it was withdrawn: then somebody late placed it again.
    const isWithdrawn = retired?.callId === current
    if (state.type === 'ended' && state.outcome !== 'connected' && !isWithdrawn) {
      const reached = this.engine.calls.get(current)
      assert.ok(reached === undefined || isSettled(reached), 'it ends while the customer waits')
    }
    if (state.type === 'ended' && state.outcome === 'absorbed') {
      assert.ok(call !== undefined && call.arrivedAt >= renewedAt, 'absorbed by an earlier call')
    }
    if (state.type === 'ended' && state.reason === 'answered') {
      assert.ok(call?.answeredAt !== undefined, 'settled by a call that nobody answered')
      const isOwn = state.outcome === 'connected'
      assert.ok(isOwn || call.answeredAt >= renewedAt, 'settled by an earlier conversation')
    }
  }

  async startReplica(): Promise<void> {
    this.#names += 1
    const name = `replica-${this.#names}`
    const kv: Parameters<typeof openCallbacks>[0]['kv'] = (store, schema) =>
      this.#kv.open(name, store, schema)
    const operation = <T>(run: () => T) => this.scheduler.operation(name, run)
    const doNotCall = await openDoNotCall({
      listed: [],
      file: undefined,
      added: kv('doNotCall', z.literal(true)),
      numbers: options.numbers,
    })
    const silent = () => {}
    const callbacks = await openCallbacks(
      {
        tenant: 'acme',
        instance: name,
        options,
        kv,
        clock: {
          now: () => this.now,
          microseconds: () => this.now * 1_000,
          setTimer: () => ({ cancel: silent }),
        },
        log: { debug: silent, info: silent, warn: silent, error: silent },
        metrics: { counter: () => silent, gauge: () => silent, histogram: () => silent },
        random: () => {
          this.#chances += 1
          return this.#chances / 2 ** 32
        },
        reportHealth: silent,
        commands: {
          command: (command, input) =>
            operation(() => this.engine.command(command, input) as never),
          demand: () => Promise.reject(new Error('not in this model')),
          toPlugin: async () => refuse('notServed', 'not in this model'),
        },
        publish: (type, { id, data }) =>
          operation(() => {
            if (this.isStreamAway) {
              throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the stream is away')
            }
            const known = this.said.get(id)
            assert.deepEqual(known?.data ?? data, data, 'one id for two events')
            this.said.set(id, { type, data: data as Readonly<Record<string, unknown>> })
          }),
      },
      doNotCall,
    )
    this.#replicas.push({ name, callbacks, tasks: new Set() })
  }

  /** Lets a replica do something; what fails is tried again by whoever asked. */
  run(
    choice: number,
    work: (callbacks: Callbacks) => Promise<unknown>,
    onEnd?: (isOk: boolean) => void,
  ) {
    const replica = this.#replicas[choice % this.#replicas.length]
    if (replica === undefined) {
      return
    }
    const isAlive = () => this.#replicas.includes(replica)
    const task = work(replica.callbacks).then(
      () => isAlive() && onEnd?.(true),
      (error: unknown) => {
        if (!(error instanceof SwitchyardError)) {
          this.fault ??= error
        }
        if (isAlive()) {
          onEnd?.(false)
        }
      },
    )
    const kept = task.then(() => {
      replica.tasks.delete(kept)
    })
    replica.tasks.add(kept)
  }

  /** The first thing that must never happen, seen where nobody could be told. */
  fault: unknown

  /** Gives an event to a replica. */
  deliver(told: Told, choice: number): void {
    told.isInHand = true
    told.deliveries += 1
    const by = this.#replicas[choice % this.#replicas.length]?.name
    this.#inHand.set(told, by ?? '')
    this.run(
      choice,
      (callbacks) => callbacks.handleEvent(told.event),
      (isOk) => {
        this.#inHand.delete(told)
        told.isInHand = false
        told.isDone ||= isOk
      },
    )
  }

  readonly #inHand = new Map<Told, string>()

  /** A replica is gone, with all it had in hand, and another takes its place. */
  async kill(name: string | undefined): Promise<void> {
    const index = this.#replicas.findIndex((replica) => replica.name === name)
    if (index < 0 || name === undefined) {
      return
    }
    this.#replicas.splice(index, 1)
    this.scheduler.kill(name)
    this.#kv.kill(name)
    for (const [told, by] of this.#inHand) {
      if (by === name) {
        this.#inHand.delete(told)
        told.isInHand = false
      }
    }
    await this.startReplica()
  }

  async crashDuring(choice: number): Promise<void> {
    await this.kill(this.scheduler.stepAndKill(choice))
  }

  /** A replica dies between two operations. */
  async crashAny(choice: number): Promise<void> {
    await this.kill(this.#replicas[choice % this.#replicas.length]?.name)
  }

  /** Lets watchers hear what has changed. */
  flush(): void {
    this.#kv.flush()
  }

  /** Does all that waits, in the order it was asked for. */
  async settle(): Promise<void> {
    await rest()
    while (this.scheduler.waiting > 0) {
      await this.scheduler.step(0)
    }
    this.flush()
    if (this.fault !== undefined) {
      throw this.fault
    }
  }

  /** Time passes. Whatever was asked for is done within a minute, if not answered. */
  async pass(ms: number): Promise<void> {
    if (ms >= minuteMs) {
      await this.scheduler.stepAll()
    }
    this.now += ms
  }
}

export { hourMs, minuteMs }
