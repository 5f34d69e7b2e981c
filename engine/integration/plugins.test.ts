import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '../clock.ts'
import { natsServerMissing } from '../rigs/nats-server.ts'
import { createCustomerPhones } from '../sim/customer-phones.ts'
import { createRandom } from '../sim/random.ts'
import { callbackScenarios } from './callback-scenarios.ts'
import { campaignScenario } from './campaign-scenario.ts'
import { customerKeys, customerOverlay, customerPlan, isBusyAtFirst } from './customers.ts'
import { Rig, type TestSwitch, testOverlay } from './rig.ts'
import { runScenario, type Scenario, simulateSwitch, testOnFreeSwitch } from './scenario.ts'
import { skillScenarios } from './skill-scenarios.ts'
import { surveyScenarios } from './survey-scenarios.ts'
import { takeoverScenarios } from './takeover-scenarios.ts'

t.setTimeout(300_000)

/** Starts the switch of a group of scenarios. */
type StartSwitch = (t: Test) => Promise<TestSwitch>

/** @param together whether each group has a switch of its own, so that they need not wait for each other */
async function groups(t: Test, start: StartSwitch, together: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-plugins-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const group = (
    name: string,
    scenarios: (t: Test) => Promise<readonly Scenario[]>,
    buffered = together,
  ) =>
    t.test(name, { buffered }, async (t) => {
      const sw = await start(t)
      for (const scenario of await scenarios(t)) {
        await runScenario(t, scenario, (yaml) => Rig.start(sw, yaml))
      }
    })
  const skip = natsServerMissing() ?? false
  // By itself: the engine waits only some milliseconds for a call to be classified.
  await group('skills', (t) => skillScenarios(t, folder), false)
  await Promise.all([
    group('callbacks', async () => callbackScenarios),
    group('surveys', async () => surveyScenarios),
    group('campaigns', async () => [campaignScenario(folder)]),
    t.test('through a nats-server', { skip, timeout: 120_000, buffered: together }, async (t) =>
      takeoverScenarios(t, await start(t), folder),
    ),
  ])
}

function simulate(t: Test): Promise<TestSwitch> {
  const customers = createCustomerPhones({
    clock: systemClock,
    random: createRandom(2),
    plan: (number) =>
      isBusyAtFirst(number) && !customers.calls.some((call) => call.number === number)
        ? { fate: 'isBusy' }
        : customerPlan(number),
    keysFor: customerKeys,
  })
  const plans = {
    '1': ['set acd_tenant=default', 'answer', 'park'],
    '2': ['ring_ready', 'sleep 100', 'answer', 'park'],
  }
  return simulateSwitch(t, plans, customers.phones)
}

t.test('on the simulated switch', { timeout: 240_000, jobs: 5 }, (t) => groups(t, simulate, true))

testOnFreeSwitch(t, { ...testOverlay, ...customerOverlay() }, (t, fs) =>
  groups(t, async () => fs, false),
)
