import type { Test } from 'tap'
import { busKvContract } from './bus-kv-contract.ts'
import { busMessageContract } from './bus-message-contract.ts'
import { busOutageContract } from './bus-outage-contract.ts'
import { busServiceContract } from './bus-service-contract.ts'
import { busStreamContract } from './bus-stream-contract.ts'
import type { BusUnderTest, Rule } from './bus-world.ts'

export type { BusUnderTest } from './bus-world.ts'

/**
 * Registers the contract of the bus port as subtests of `t`. Every
 * adapter passes it unchanged; each rule runs on its own bus.
 *
 * @param start returns a connected bus on an empty broker
 */
export function busContract(t: Test, start: () => Promise<BusUnderTest>): void {
  const rule: Rule = (name, check) => {
    t.test(name, async (t) => {
      const world = await start()
      t.teardown(() => world.stop())
      await check(t, world)
    })
  }
  busMessageContract(rule)
  busStreamContract(rule)
  busKvContract(rule)
  busOutageContract(rule)
  busServiceContract(rule)
}
