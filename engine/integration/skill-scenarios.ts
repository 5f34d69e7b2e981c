import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ask, login, until } from './actions.ts'
import type { Rig } from './rig.ts'
import type { Scenario } from './scenario.ts'

const known = '79211111111'
const unknown = '79222222222'

/** Serves a call, so that the engine has heard from the classifier and lets the next call wait for it. */
async function warmUp(rig: Rig): Promise<void> {
  const callId = await rig.call('1000', {}, unknown)
  await rig.until('call.answered', callId)
  await endTalk(rig, callId)
}

async function endTalk(rig: Rig, callId: string): Promise<void> {
  await rig.hangUp(callId)
  await rig.until('call.completed', callId)
  await until(() => ['ann', 'bob'].every((agent) => rig.agentState(agent) !== 'talking'))
}

/** The classification of the next call from this number, with its preferred agents. */
async function preferredFor(rig: Rig, callerNumber: string): Promise<unknown> {
  const reply = await ask(rig.app.bus, 'skill', 'explain', { dialledNumber: '1000', callerNumber })
  return reply['classification']
}

/** Starts a lookup service that answers only after the engine has stopped waiting. @returns its URL */
async function startLookUp(t: Test): Promise<string> {
  const server = createServer((_request, response) => {
    setTimeout(() => response.end(JSON.stringify({ language: 'german' })), 400)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `http://127.0.0.1:${port}/{caller}`
}

/**
 * Scenarios of callers about whom something is known.
 *
 * @param folder for the file of customers
 */
export async function skillScenarios(t: Test, folder: string): Promise<readonly Scenario[]> {
  const lookUp = await startLookUp(t)
  const file = join(folder, 'customers.csv')
  writeFileSync(file, `number,language\n${known},german\n`)

  /** Two agents: the first is rung first unless something is known about the caller. */
  const tenant = (options: string, status = 'available') => `    classifyWithin: 2s
    queues:
      q: { wrapUp: 0s, ringTime: 5s, strategy: agentOrder, music: silence }
    agentDefaults: { status: ${status} }
    agents:
      ann: { dial: loopback/2001/public, queues: [{ queue: q, position: 1 }] }
      bob: { dial: loopback/2002/public, queues: [{ queue: q, position: 2 }] }
    routes: [{ number: '1000', queue: q }]
    plugins:
      skill:
        options:
          numbers: { countryCode: '7' }
          rules: [{ when: { language: '*' }, requires: { '{language}': 3 } }]
          agents: { ann: { english: 5 }, bob: { german: 5 } }
          ${options}`

  return [
    {
      name: 'a caller whose language is in the file reaches the agent who speaks it',
      tenant: tenant(`customers: { file: '${file}' }`),
      async run(t, rig) {
        await warmUp(rig)
        const callId = await rig.call('1000', {}, known)
        t.match(await rig.until('call.answered', callId), { agent: 'bob' })
        t.strictSame(rig.story(callId).slice(0, 4), [
          'call.arrived',
          'call.queued',
          'call.offered bob',
          'call.answered bob',
        ])
        await endTalk(rig, callId)
      },
    },
    {
      name: 'the last agent is asked first',
      tenant: tenant('lastAgent: { hold: 5s }'),
      async run(t, rig) {
        await warmUp(rig)
        const { control } = rig.app.engine.tenants.get('default') ?? {}
        control?.setStatus('ann', { type: 'onBreak', reason: 'tea' })
        const first = await rig.call('1000', {}, known)
        t.match(await rig.until('call.answered', first), { agent: 'bob' })
        await endTalk(rig, first)
        login(rig, 'ann')
        await until(async () => JSON.stringify(await preferredFor(rig, known)).includes('bob'))
        const second = await rig.call('1000', {}, known)
        t.match(await rig.until('call.answered', second), { agent: 'bob' })
        await endTalk(rig, second)
        const other = await rig.call('1000', {}, unknown)
        t.match(await rig.until('call.answered', other), { agent: 'ann' })
        await endTalk(rig, other)
      },
    },
    {
      name: 'a late lookup still counts for a waiting caller',
      tenant: tenant(`lookup: { url: '${lookUp}' }`, 'loggedOut'),
      async run(t, rig) {
        const callId = await rig.call('1000', {}, unknown)
        await rig.until('call.queued', callId)
        const { requires } = await rig.until('call.changed', callId)
        t.strictSame(requires, [{ afterMs: 0, anyOf: [{ german: 3 }] }])
        login(rig, 'ann')
        login(rig, 'bob')
        t.match(await rig.until('call.answered', callId), { agent: 'bob' })
        t.equal(rig.story(callId).includes('call.offered ann'), false)
        await endTalk(rig, callId)
      },
    },
  ]
}
