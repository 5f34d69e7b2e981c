import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { armed, joined, press, until, watchDials } from './actions.ts'
import { Cluster } from './cluster.ts'
import type { TestSwitch } from './rig.ts'

const tone = (ms: number) => `'tone_stream://%(${ms},10,440)'`

/** A tenant with all three plugins. Its agents are logged out when an engine starts. */
function tenant(customers: string): string {
  return `    outbound: { dial: 'sofia/gateway/sim/{digits}', ringTime: 10s }
    queues:
      q: { wrapUp: 0s, ringTime: 5s, strategy: agentOrder, music: 'tone_stream://%(2000,4000,440,480);loops=-1' }
    agentDefaults: { status: loggedOut }
    agents:
      ann: { dial: loopback/2001/public, queues: [{ queue: q, position: 1 }] }
      bob: { dial: loopback/2002/public, queues: [{ queue: q, position: 2 }] }
    routes: [{ number: '1000', queue: q }]
    plugins:
      callback:
        options: { numbers: { countryCode: '7', bare: international }, abandonedAfter: 0s, sweepEvery: 1s }
      skill:
        options:
          numbers: { countryCode: '7' }
          customers: { file: '${customers}' }
          rules: [{ when: { language: '*' }, requires: { '{language}': 3 } }]
          agents: { ann: { english: 5 }, bob: { german: 5 } }
          checkSkills: 1s
      survey:
        options:
          surveys:
            service:
              queues: [q]
              notWithin: 0s
              questions: [{ name: score, type: csat, prompt: ${tone(3_000)} }]
              tries: 1
              timeout: 1s`
}

/** Makes a caller wait in the queue and hang up. @returns the call's place */
async function abandon(cluster: Cluster, number: string): Promise<number> {
  const { heard } = cluster
  const callId = await cluster.call(number)
  const { enqueuedAt } = await heard.until('call.queued', { callId })
  await cluster.hangUp(callId)
  await heard.until('callback.owed', { callId })
  return enqueuedAt
}

/** Resolves when one customer waits in the engine to be dialled. */
async function isWaiting({ commands }: Cluster): Promise<void> {
  await until(async () => {
    const reply = await commands.command('queue.list', { queue: 'q' })
    return reply.ok && reply.queues[0]?.waiting === 1
  })
}

/** Waits for late events and checks that the customer was dialled once. */
async function settle(t: Test, { heard }: Cluster, dials: readonly string[], number: string) {
  await sleep(1_500)
  t.strictSame(dials, [number], 'one dial')
  t.equal(heard.of('call.dialled').length, 1)
  t.equal(heard.of('callback.owed').length, 1)
  t.match(heard.of('callback.connected'), [{ attempts: 1 }])
  t.equal(heard.of('callback.connected').length, 1)
}

/** @param pause runs after the engine was killed and before the next one starts */
async function killWhileRinging(
  t: Test,
  cluster: Cluster,
  pause: (callId: string) => Promise<void>,
): Promise<void> {
  const { commands, heard } = cluster
  const number = '79011111111'
  const dials = watchDials(cluster)
  await abandon(cluster, number)
  await isWaiting(cluster)
  await commands.demand('agent.login', { agent: 'ann' })
  const { callId } = await heard.until('call.dialled')
  await until(() => dials.length > 0)
  await cluster.killEngine()
  await pause(callId)
  await cluster.startEngine()
  await commands.demand('agent.login', { agent: 'ann' })
  await heard.until('callback.connected', { callId })
  t.match(await joined(cluster, callId), { agent: 'ann', back: callId })
  await settle(t, cluster, dials, number)
  await cluster.hangUp(callId)
  await heard.until('call.completed', { callId })
}

interface ClusterScenario {
  readonly name: string
  readonly run: (t: Test, cluster: Cluster) => Promise<void>
}

const scenarios: readonly ClusterScenario[] = [
  {
    name: 'a customer who waits when the engine is killed is dialled once by the next engine',
    async run(t, cluster) {
      const { commands, heard } = cluster
      const number = '79211111111'
      const dials = watchDials(cluster)
      const enqueuedAt = await abandon(cluster, number)
      await isWaiting(cluster)
      await cluster.killEngine()
      await cluster.startEngine()
      await isWaiting(cluster)
      await commands.demand('agent.login', { agent: 'ann' })
      const { callId } = await heard.until('call.dialled')
      t.match(await heard.until('call.queued', { callId }), { enqueuedAt })
      await heard.until('callback.connected', { callId })
      t.match(await joined(cluster, callId), { agent: 'ann', back: callId })
      await settle(t, cluster, dials, number)
      await cluster.hangUp(callId)
      await heard.until('call.completed', { callId })
    },
  },
  {
    name: 'a customer whose phone rings when the engine is killed is not dialled again',
    run: (t, cluster) => killWhileRinging(t, cluster, async () => undefined),
  },
  {
    name: 'a customer who answers while no engine runs is not dialled again',
    run: (t, cluster) =>
      killWhileRinging(t, cluster, (callId) =>
        until(async () => {
          const application = await cluster.tool.api(`uuid_getvar ${callId} current_application`)
          return application.trim() === 'park'
        }),
      ),
  },
  {
    name: 'with two replicas of each plugin, callback and survey happen once each',
    async run(t, cluster) {
      const { commands, heard } = cluster
      const number = '79244444444'
      const dials = watchDials(cluster)
      const first = await cluster.call(number)
      await heard.until('call.queued', { callId: first })
      const needs = [{ afterMs: 0, anyOf: [{ german: 3 }] }]
      t.match(await heard.until('call.changed', { callId: first }), { requires: needs })
      await cluster.hangUp(first)
      await heard.until('callback.owed', { callId: first })
      await isWaiting(cluster)
      await commands.demand('agent.login', { agent: 'ann' })
      await commands.demand('agent.login', { agent: 'bob' })
      const { callId, agents } = await heard.until('call.dialled')
      t.strictSame(agents, ['bob'])
      await heard.until('callback.connected', { callId })
      const { leg } = await joined(cluster, callId)
      await armed(cluster.bus)
      await cluster.hangUp(leg)
      await press(cluster, callId, '5')
      t.match(await heard.until('survey.answered', { callId }), {
        ...{ agent: 'bob', queue: 'q', csat: 5, isComplete: true },
      })
      await settle(t, cluster, dials, number)
      t.equal(heard.of('survey.asked').length, 1)
      t.equal(heard.of('survey.answered').length, 1)
    },
  },
]

/**
 * Runs scenarios with killed engines and replicated plugins, connected by a real nats-server.
 *
 * @param folder for the file of customers
 */
export async function takeoverScenarios(t: Test, sw: TestSwitch, folder: string): Promise<void> {
  const file = join(folder, 'german.csv')
  writeFileSync(file, 'number,language\n79244444444,german\n')
  for (const { name, run } of scenarios) {
    await t.test(name, async (t) => {
      const cluster = await Cluster.start(sw, tenant(file))
      try {
        await run(t, cluster)
        t.equal(await cluster.channels(0), 0, 'no channel is left')
      } finally {
        await cluster.stop()
      }
    })
  }
}
