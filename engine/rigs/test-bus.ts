import type { Test } from 'tap'
import { createMemoryBus } from '../bus/memory/memory.ts'
import { createNatsBus, type NatsBusOptions } from '../bus/nats/nats.ts'
import type { Clock } from '../clock.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { createMailbox } from './bus-world.ts'

/** A bus in memory with its log; closed at the end of the test. */
export function createTestBus(t: Test, clock: Clock) {
  const log = recordingLogger()
  const bus = createMemoryBus({ clock, log })
  t.teardown(() => bus.close())
  return { bus, log }
}

/** Resolves to a bus that is connected to a nats-server; closed at the end of the test. */
export async function connectNats(t: Test, url: string, over: Partial<NatsBusOptions> = {}) {
  const up = createMailbox<true>()
  const bus = createNatsBus({
    servers: [url],
    log: recordingLogger(),
    ...over,
    onConnection: (isConnected) => {
      if (isConnected) {
        up.put(true)
      }
      over.onConnection?.(isConnected)
    },
  })
  t.teardown(() => bus.close())
  await up.take(1)
  return bus
}
