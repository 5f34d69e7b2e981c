import t, { type Test } from 'tap'
import type { CommandInput, CommandOutput } from '../../engine/plugin/index.ts'
import { pluginContract, startPlugin } from '../../engine/testing/index.ts'
import plugin from './index.ts'

const number = '+4930123456'
const minuteMs = 60_000
/** Open every day but the one that the clock of tests begins with: a Tuesday in Berlin. */
const closedOnTuesdays = {
  timeZone: 'Europe/Berlin',
  week: { wed: ['08:00-20:00'], thu: ['08:00-20:00'], fri: ['08:00-20:00'] },
}

type PlaceState = CommandOutput<'callback.place'>['state']

/** A plugin that runs beside an engine that takes contacts, and what a test says of them. */
async function start(t: Test, options: Readonly<Record<string, unknown>> = {}, replicas = 1) {
  const world = await startPlugin(plugin, { countryCode: '49', ...options }, { replicas })
  t.teardown(() => world.stop())
  const contacts = new Map<string, PlaceState>()
  const placed: CommandInput<'callback.place'>[] = []
  world.answerCommand('callback.place', (input) => {
    const isNew = !contacts.has(input.callId)
    if (isNew) {
      placed.push(input)
      contacts.set(input.callId, 'waiting')
    }
    return { ok: true, state: contacts.get(input.callId) ?? 'waiting', isNew }
  })
  world.answerCommand('callback.withdraw', ({ callId }) => {
    const state = contacts.get(callId)
    if (state === 'reached') {
      return { ok: true, state }
    }
    contacts.delete(callId)
    return { ok: true, state: state === undefined ? ('unknown' as const) : ('withdrawn' as const) }
  })

  const latest = () => placed.at(-1)?.callId ?? ''
  return {
    ...world,
    world,
    contacts,
    placed,
    latest,
    /** A caller waits for so long and hangs up. */
    async abandons(facts: object = {}, waitMs = minuteMs) {
      const call = await world.givenCall({ callerNumber: number, ...facts })
      await world.advance(waitMs)
      await call.isAbandoned()
      return call
    },
    /** The engine dials the contact that was placed last, with this outcome. */
    async dials(outcome: 'answered' | 'busy' | 'noAnswer' | 'failed') {
      const callId = latest()
      await world.givenEvent('call.dialled', { callId, number, origin: 'callback' })
      contacts.set(callId, outcome === 'answered' ? 'reached' : 'spent')
      await world.givenEvent('call.dialEnded', { callId, outcome })
      if (outcome === 'answered') {
        await world.givenEvent('call.arrived', { callId, callerNumber: number, origin: 'callback' })
        await world.givenEvent('call.queued', { callId, enqueuedAt: world.clock.now() })
      }
      return callId
    },
    /** What was told, in short. */
    story: () =>
      world.published.map(({ type, data }) => {
        const { reason, outcome } = data as { reason?: string; outcome?: string }
        return [type.slice('callback.'.length), reason ?? outcome].filter(Boolean).join(' ')
      }),
  }
}

t.test('callback keeps the contract of plugins', async (t) => {
  pluginContract(t, plugin, {
    options: { countryCode: '49', hours: closedOnTuesdays },
    badOptions: [
      { options: {}, names: 'countryCode' },
      { options: { countryCode: '49', attempts: 0 }, names: 'attempts' },
      {
        options: { countryCode: '49', hours: { timeZone: 'Mars/Base', week: {} } },
        names: 'hours',
      },
      { options: { countryCode: '49', spacing: { busy: '5 minutes' } }, names: 'spacing.busy' },
      { options: { countryCode: '49', http: { port: 0 } }, names: 'http' },
    ],
    // Outside the hours nothing is placed: what is placed is placed again, as often as time passes.
    async story(world) {
      const abandoned = await world.givenCall({ callerNumber: number })
      await world.advance(minuteMs)
      await abandoned.isAbandoned()
      const again = await world.givenCall({ callerNumber: '030 123456' })
      await world.advance(7_000)
      await again.isAnsweredBy('ann')
      await again.isCompleted()
      return [...abandoned.events, ...again.events]
    },
  })
})

t.test('an abandoned caller is called back at the old place, and joined to an agent', async (t) => {
  const it = await start(t, { priority: 5, callerId: '0800100200', ringFor: '25s' })
  const at = it.clock.now()
  await it.abandons({ callerNumber: '030 / 123456', queue: 'sales' })
  t.same(it.placed, [
    {
      callId: it.latest(),
      number,
      queue: 'sales',
      enqueuedAt: at,
      priority: 5,
      callerId: '0800100200',
      ringMs: 25_000,
      ...(it.placed[0] && { requires: it.placed[0].requires, preferred: it.placed[0].preferred }),
    },
  ])
  const callId = await it.dials('answered')
  await it.advance(2_000)
  await it.givenEvent('call.answered', { callId, agent: 'ann' })
  t.same(it.story(), ['owed', 'attempted connected', 'connected answered'])
})
