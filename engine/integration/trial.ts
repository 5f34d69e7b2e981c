import type { Test } from 'tap'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { action } from '../sim/dialplan.ts'
import type { PhoneBook } from '../sim/phone.ts'
import { createRandom } from '../sim/random.ts'
import { startSimulatedSwitch } from '../sim/tcp.ts'
import { Rig, type TestSwitch } from './rig.ts'

/** Something to try on a switch, simulated or real. */
export interface Trial {
  readonly name: string
  /** The queues, agents and routes it needs, as YAML. */
  readonly tenant: string
  /** @param takeOver ends the engine, and starts another */
  readonly run: (t: Test, rig: Rig, takeOver: () => Promise<Rig>) => Promise<void>
}

/** Starts an engine for a tenant on the switch of the trials. */
export type StartRig = (tenant: string) => Promise<Rig>

/** Tries with an engine of its own; afterwards no channel may be left over. */
export async function tryOut(t: Test, { name, tenant, run }: Trial, start: StartRig) {
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
      t.equal(await rig.channels(0), 0, 'no channel is left over')
      t.equal(rig.app.engine.liveCalls, 0, 'the engine holds no call')
      t.equal(rig.app.engine.liveAgentLegs, 0, 'nor an agent’s leg')
    } finally {
      await rig.stop()
    }
  })
}

/**
 * A simulated switch until the end of the test.
 *
 * @param plans what its dialplan does with a number, by the first digit
 * @param phones what it can dial beside its own extensions
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

/** Starts engines on a simulated switch: see {@link simulateSwitch}. */
export async function simulate(
  t: Test,
  plans: Readonly<Record<string, readonly string[]>>,
): Promise<StartRig> {
  const sim = await simulateSwitch(t, plans)
  return (tenant) => Rig.start(sim, tenant)
}
