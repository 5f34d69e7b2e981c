import t from 'tap'
import { busContract } from '../testing/bus-contract.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { createMemoryBus } from './memory.ts'

t.test('the in-process bus keeps the contract of the port', async (t) => {
  busContract(t, async () => {
    const clock = createManualClock()
    const bus = createMemoryBus({ clock, log: recordingLogger() })
    return {
      bus,
      passTime: (ms) => clock.advance(ms),
      async startOutage() {
        bus.setConnected(false)
      },
      async endOutage() {
        bus.setConnected(true)
      },
      stop: () => bus.close(),
    }
  })
})
