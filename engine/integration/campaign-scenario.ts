import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { runPlugin } from '../plugin/host.ts'
import { loadConfigured } from '../plugin/load-plugins.ts'
import { createMortal } from '../testing/mortal.ts'
import { ask, until, watchDials } from './actions.ts'
import type { Scenario } from './scenario.ts'

const tenant = `    outbound: { dial: 'sofia/gateway/sim/{digits}' }
    queues:
      q: { music: silence }
    agents:
      ann: { dial: loopback/2001/public, queues: [q], status: loggedOut }
    routes: [{ number: '1000', queue: q }]`

/** Kinds of customers by the third digit of their number (customers.ts), how many there are, and how often each is dialled. */
const kinds = [
  { digit: 8, customers: 30, dials: 1 },
  { digit: 4, customers: 8, dials: 2 },
  { digit: 3, customers: 4, dials: 2 },
  { digit: 7, customers: 4, dials: 1 },
  { digit: 5, customers: 4, dials: 2 },
] as const

/** All numbers, with each kind spread evenly over the list. */
const numbers = kinds
  .flatMap(({ digit, customers }) =>
    Array.from({ length: customers }, (_, index) => ({
      place: (index + 0.5) / customers,
      number: `79${digit}${String(index).padStart(8, '0')}`,
    })),
  )
  .toSorted((one, other) => one.place - other.place)
  .map(({ number }) => number)

const optionsOf = (file: string) => ({
  surveys: {
    service: {
      queues: [],
      notWithin: '0s',
      questions: [{ name: 'score', type: 'csat', prompt: 'tone_stream://%(3000,10,440)' }],
      tries: 1,
      timeout: '1s',
    },
  },
  campaigns: {
    spring: {
      file,
      survey: 'service',
      hours: { days: { 'sun-sat': '00:00-24:00' } },
      ...{ rate: 6_000, concurrency: 20, attempts: 2, ring: '5s' },
      spacing: { busy: '1s', declined: '1s', noAnswer: '1s', unreachable: '1s', failed: '1s' },
    },
  },
})

/** Starts a replica of the plugin that can be killed. */
async function startReplica(bus: Bus, options: unknown) {
  const mortal = createMortal(bus, systemClock)
  const host = runPlugin(await loadConfigured('survey', undefined), {
    ...{ tenant: 'default', options, bus: mortal.bus, clock: mortal.clock },
    ...{ log: createLogger('silent'), newId: randomUUID },
  })
  await host.ready
  return { kill: mortal.kill, stop: () => host.stop() }
}

/** The progress of the campaign. */
interface Progress {
  readonly state: string
  readonly answered: number
  readonly dialling: number
  readonly talking: number
}

async function progressOf(bus: Bus): Promise<Progress> {
  const { campaigns } = await ask(bus, 'survey', 'campaignProgress', { campaign: 'spring' })
  return (campaigns as readonly [Progress])[0]
}

/** @param folder for the list of customers */
export function campaignScenario(folder: string): Scenario {
  const file = join(folder, 'spring.csv')
  writeFileSync(file, `number\n${numbers.join('\n')}\n`)
  const options = optionsOf(file)

  return {
    name: 'a campaign of 50 is exact in spite of a killed replica and a pause',
    tenant,
    async run(t, rig) {
      const { bus } = rig.app
      const dials = watchDials(rig)
      const first = await startReplica(bus, options)
      await until(() => rig.heard.of('survey.answered').length >= 8)
      first.kill()
      const second = await startReplica(bus, options)
      await until(async () => (await progressOf(bus)).answered >= 16, 90_000)

      await ask(bus, 'survey', 'campaignPause', { campaign: 'spring' })
      await until(async () => {
        const { dialling, talking } = await progressOf(bus)
        return dialling + talking === 0
      }, 90_000)
      const dialled = dials.length
      await sleep(1_500)
      t.match(await progressOf(bus), { state: 'paused' })
      t.equal(dials.length, dialled, 'nobody is dialled during the pause')

      await ask(bus, 'survey', 'campaignResume', { campaign: 'spring' })
      const { counts } = await rig.heard.until('survey.campaignEnded', {}, 90_000)
      t.match(counts, { total: 50, answered: 30, hungUp: 4, unreached: 16, waiting: 0 })
      t.equal(rig.heard.of('survey.answered').length, 30)
      t.equal(rig.heard.of('survey.asked').length, 34)
      t.strictSame(
        kinds.map(({ digit }) => dials.filter((one) => one[2] === String(digit)).length),
        kinds.map(({ customers, dials: times }) => customers * times),
      )
      await second.stop()
    },
  }
}
