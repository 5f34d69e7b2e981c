import type { Test } from 'tap'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { action } from '../sim/dialplan.ts'
import type { PhoneBook } from '../sim/phone.ts'
import { createRandom } from '../sim/random.ts'
import { startSimulatedSwitch } from '../sim/tcp.ts'
import { Rig, type TestSwitch } from './rig.ts'

/** A scenario to run on a switch, simulated or real. */
export interface Scenario {
  readonly name: string
  /** The queues, agents and routes it needs, as YAML. */
  readonly tenant: string
  /** @param takeOver stops the engine and starts another */
  readonly run: (t: Test, rig: Rig, takeOver: () => Promise<Rig>) => Promise<void>
}

/** Starts an engine for a tenant on the switch of the test. */
export type StartRig = (tenant: string) => Promise<Rig>

/** Runs a scenario with its own engine. Afterwards no channel may be left. */
export async function runScenario(t: Test, { name, tenant, run }: Scenario, start: StartRig) {
  await t.test(name, async (t) => {
    let rig = await start(tenant)
    const takeOver = async () => {
      await rig.app.stop()
      rig.tool.close()
      rig = await start(tenant)
      return rig
    }
    try {
      await run(t, rig, takeOver)
      t.equal(await rig.channels(0), 0, 'no channel is left')
      t.equal(rig.app.engine.liveCalls, 0, 'the engine has no call left')
      t.equal(rig.app.engine.liveAgentLegs, 0, 'the engine has no agent leg left')
    } finally {
      await rig.stop()
    }
  })
}

/**
 * Starts a simulated switch, which stops at the end of the test.
 *
 * @param plans the actions of its dialplan, by the first digit of the number
 * @param phones the phones it can dial in addition to its own extensions
 */
export async function simulateSwitch(
  t: Test,
  plans: Readonly<Record<string, readonly string[]>>,
  phones?: PhoneBook,
): Promise<TestSwitch> {
  const sim = await startSimulatedSwitch({
    clock: systemClock,
    random: createRandom(1),
    log: createLogger('silent'),
    dialplan: (number) => plans[number[0] ?? '']?.map(action),
    ...(phones === undefined ? {} : { phones }),
  })
  t.teardown(() => sim.stop())
  return {
    ...{ eslPort: sim.port, password: 'ClueCon' },
    place: (destination, variables, callerNumber) =>
      sim.placeCall({ destination, callerNumber, callerName: 'Caller', variables }),
  }
}

/** Returns a function that starts engines on a simulated switch; see {@link simulateSwitch}. */
export async function simulate(
  t: Test,
  plans: Readonly<Record<string, readonly string[]>>,
): Promise<StartRig> {
  const sim = await simulateSwitch(t, plans)
  return (tenant) => Rig.start(sim, tenant)
}
