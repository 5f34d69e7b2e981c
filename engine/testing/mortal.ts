import type { Bus, KvStore, StreamMessage, Subscription } from '../bus/bus.ts'
import type { Clock, Timer } from '../clock.ts'

/** The bus and the clock of one process. Once the process is killed, nothing it does has an effect. */
export interface Mortal {
  readonly bus: Bus
  readonly clock: Clock
  /** Ends the process without warning, as SIGKILL would. */
  kill(): void
  /** Ends the process after this many more operations on its bus, before it sees the result of the last one. */
  killAfter(operations: number, onDeath: () => void): void
}

/** Wraps the bus and the clock for one process that can be killed. Other users of `bus` are not affected. */
export function createMortal(bus: Bus, clock: Clock): Mortal {
  const subscriptions = new Set<Subscription>()
  const timers = new Set<Timer>()
  let isDead = false
  let left = Number.POSITIVE_INFINITY
  let tellDeath: (() => void) | undefined

  function kill(): void {
    isDead = true
    for (const subscription of subscriptions) {
      void subscription.stop()
    }
    for (const timer of timers) {
      timer.cancel()
    }
    tellDeath?.()
    tellDeath = undefined
  }

  /** Runs an operation if the process is alive; returns its result if the process is still alive then. */
  async function live<T>(operation: () => Promise<T>): Promise<T> {
    if (isDead) {
      return await new Promise<never>(() => {})
    }
    const outcome = await operation().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    left -= 1
    if (left <= 0 && !isDead) {
      kill()
    }
    if (isDead) {
      return await new Promise<never>(() => {})
    }
    if ('error' in outcome) {
      throw outcome.error
    }
    return outcome.value
  }

  async function keep(begin: () => Promise<Subscription>): Promise<Subscription> {
    return await live(async () => {
      const subscription = await begin()
      subscriptions.add(subscription)
      return {
        async stop() {
          subscriptions.delete(subscription)
          await subscription.stop()
        },
      }
    })
  }

  const alive =
    <A extends unknown[]>(run: (...args: A) => void) =>
    (...args: A): void => {
      if (!isDead) {
        run(...args)
      }
    }

  const mortalMessage = (message: StreamMessage): StreamMessage => ({
    ...message,
    ack: alive(message.ack),
    retry: alive(message.retry),
    extend: alive(message.extend),
  })

  const mortalStore = (store: KvStore): KvStore => ({
    get: (key) => live(() => store.get(key)),
    create: (key, value) => live(() => store.create(key, value)),
    update: (key, value, revision) => live(() => store.update(key, value, revision)),
    put: (key, value) => live(() => store.put(key, value)),
    delete: (key, revision) => live(() => store.delete(key, revision)),
    keys: () => live(() => store.keys()),
    watch: (onEntry) => keep(() => store.watch(alive(onEntry))),
  })

  return {
    kill,
    killAfter(operations, onDeath) {
      left = operations
      tellDeath = onDeath
    },
    clock: {
      now: () => clock.now(),
      microseconds: () => clock.microseconds(),
      setTimer(delayMs, callback) {
        const timer = clock.setTimer(delayMs, () => {
          timers.delete(timer)
          alive(callback)()
        })
        timers.add(timer)
        return {
          cancel() {
            timers.delete(timer)
            timer.cancel()
          },
        }
      },
    },
    bus: {
      ensureStream: (options) => live(() => bus.ensureStream(options)),
      publish: (messages) => live(() => bus.publish(messages)),
      consume: (options, onMessage) =>
        keep(() => bus.consume(options, (message) => alive(onMessage)(mortalMessage(message)))),
      subscribe: (subject, onMessage) => keep(() => bus.subscribe(subject, alive(onMessage))),
      send: alive((subject, data) => bus.send(subject, data)),
      request: (subject, data, timeoutMs) => live(() => bus.request(subject, data, timeoutMs)),
      requestAll: (subject, data, withinMs) => live(() => bus.requestAll(subject, data, withinMs)),
      respond: (subject, handle, options) =>
        keep(() =>
          bus.respond(subject, (data, at) => live(async () => await handle(data, at)), options),
        ),
      kv: (bucket, options) => live(async () => mortalStore(await bus.kv(bucket, options))),
      get isConnected() {
        return bus.isConnected
      },
      close: async () => {},
    },
  }
}
