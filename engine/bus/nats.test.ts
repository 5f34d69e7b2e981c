import t from 'tap'
import { busContract } from '../testing/bus-contract.ts'
import { natsServerMissing, startNatsServer } from '../testing/nats-server.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { createNatsBus } from './nats.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }

/** A bus and a way to wait for its connection to change. */
function connectionWatch() {
  let waiting: { readonly isConnected: boolean; readonly resolve: () => void }[] = []
  let state = false
  return {
    onConnection(isConnected: boolean) {
      state = isConnected
      const ready = waiting.filter((one) => one.isConnected === isConnected)
      waiting = waiting.filter((one) => one.isConnected !== isConnected)
      for (const { resolve } of ready) {
        resolve()
      }
    },
    async until(isConnected: boolean) {
      if (state !== isConnected) {
        await new Promise<void>((resolve) => waiting.push({ isConnected, resolve }))
      }
    },
  }
}

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

t.setTimeout(60_000)

t.test('the NATS bus keeps the contract of the port', skip, async (t) => {
  // Most of it is waiting for the broker's own clock.
  t.jobs = 4
  busContract(t, async () => {
    const server = await startNatsServer()
    const watch = connectionWatch()
    const bus = createNatsBus({
      servers: [server.url],
      log: recordingLogger(),
      onConnection: watch.onConnection,
    })
    await watch.until(true)
    return {
      bus,
      passTime: delay,
      async startOutage() {
        await server.kill()
        await watch.until(false)
      },
      async endOutage() {
        await server.restart()
        await watch.until(true)
      },
      async stop() {
        await bus.close()
        await server.remove()
      },
    }
  })
})
