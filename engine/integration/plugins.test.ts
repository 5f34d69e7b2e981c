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
import { findFreeSwitch, startFreeSwitch } from './freeswitch.ts'
import { Rig, type TestSwitch, testOverlay } from './rig.ts'
import { runScenario, simulateSwitch } from './scenario.ts'
import { skillScenarios } from './skill-scenarios.ts'
import { surveyScenarios } from './survey-scenarios.ts'
import { takeoverScenarios } from './takeover-scenarios.ts'

t.setTimeout(300_000)

async function scenarios(t: Test, sw: TestSwitch): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-plugins-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const all = [
    ...callbackScenarios,
    ...surveyScenarios,
    ...(await skillScenarios(t, folder)),
    campaignScenario(folder),
  ]
  for (const scenario of all) {
    await runScenario(t, scenario, (yaml) => Rig.start(sw, yaml))
  }
  const skip = natsServerMissing() ?? false
  await t.test('through a nats-server', { skip, timeout: 120_000 }, (t) =>
    takeoverScenarios(t, sw, folder),
  )
}

t.test('on the simulated switch', { timeout: 240_000 }, async (t) => {
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
  await scenarios(t, await simulateSwitch(t, plans, customers.phones))
})

const found = findFreeSwitch()
const skip = 'missing' in found ? found.missing : false

t.test('on a real FreeSWITCH', { skip, timeout: 240_000 }, async (t) => {
  if ('missing' in found) {
    return
  }
  const overlay = { ...testOverlay, ...customerOverlay() }
  const fs = await startFreeSwitch({ binary: found.binary, overlay })
  t.teardown(() => fs.stop())
  await scenarios(t, fs)
})
