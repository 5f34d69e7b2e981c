import type { Test } from 'tap'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { action } from '../sim/dialplan.ts'
import type { PhoneBook } from '../sim/phone.ts'
import { createRandom } from '../sim/random.ts'
import { startSimulatedSwitch } from '../sim/tcp.ts'
import { findFreeSwitch, type RunningFreeSwitch, startFreeSwitch } from './freeswitch.ts'
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
type StartRig = (tenant: string) => Promise<Rig>

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

/**
 * Registers a test on a real FreeSWITCH, which is started for it; skipped with the reason where
 * there is none.
 *
 * @param overlay files to overlay on freeswitch-conf/
 */
export function testOnFreeSwitch(
  t: Test,
  overlay: Readonly<Record<string, string>>,
  run: (t: Test, fs: RunningFreeSwitch) => Promise<void>,
): void {
  const found = findFreeSwitch()
  const skip = 'missing' in found ? found.missing : false
  t.test('on a real FreeSWITCH', { skip, timeout: 240_000 }, async (t) => {
    if ('missing' in found) {
      return
    }
    const fs = await startFreeSwitch({ binary: found.binary, overlay })
    t.teardown(() => fs.stop())
    await run(t, fs)
  })
}

/** Registers two tests of the same scenarios: see {@link simulateSwitch} and {@link testOnFreeSwitch}. */
export function testOnBothSwitches(
  t: Test,
  scenarios: readonly Scenario[],
  plans: Readonly<Record<string, readonly string[]>>,
  overlay: Readonly<Record<string, string>>,
): void {
  const runAll = async (t: Test, sw: TestSwitch) => {
    for (const scenario of scenarios) {
      await runScenario(t, scenario, (tenant) => Rig.start(sw, tenant))
    }
  }
  t.test('on the simulated switch', { timeout: 120_000 }, async (t) =>
    runAll(t, await simulateSwitch(t, plans)),
  )
  testOnFreeSwitch(t, overlay, runAll)
}
