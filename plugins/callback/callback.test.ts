import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { CommandInput, CommandOutput } from '../../engine/plugin/index.ts'
import { pluginContract, startPlugin } from '../../engine/testing/index.ts'
import plugin from './index.ts'

const number = '+4930123456'
const minuteMs = 60_000
/** Open every day but the one that the clock of tests begins with: a Tuesday in Berlin. */
const closedOnTuesdays = {
  timeZone: 'Europe/Berlin',
  days: { 'wed-fri': '08:00-20:00' },
}

type PlaceState = CommandOutput<'callback.place'>['state']

/** A plugin that runs beside an engine that takes contacts, and what tests observe of them. */
async function start(t: Test, options: Readonly<Record<string, unknown>> = {}, replicas = 1) {
  const world = await startPlugin(
    plugin,
    { numbers: { countryCode: '49' }, ...options },
    { replicas },
  )
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

t.test('callback keeps the plugin contract', async (t) => {
  const numbers = { countryCode: '49' }
  pluginContract(t, plugin, {
    options: { numbers, hours: closedOnTuesdays },
    badOptions: [
      { options: {}, names: 'numbers.countryCode' },
      { options: { numbers, attempts: 0 }, names: 'attempts' },
      { options: { numbers, priority: 1_000_000_001 }, names: 'priority' },
      {
        options: { numbers, hours: { timeZone: 'Mars/Base', days: {} } },
        names: 'hours',
      },
      { options: { numbers, spacing: { busy: '5 minutes' } }, names: 'spacing.busy' },
      { options: { numbers, http: { port: 0 } }, names: 'http' },
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
  const call = await it.abandons({ callerNumber: '030 / 123456', queue: 'sales' })
  t.match(it.placed, [
    {
      callId: /^[0-9a-f-]{36}$/,
      number,
      queue: 'sales',
      enqueuedAt: at,
      priority: 5,
      callerId: '0800100200',
      ringMs: 25_000,
      // What the call asked of its agent goes with it.
      requires: [{ afterMs: 0 }, { afterMs: 30_000 }],
      preferred: { agents: ['ann'] },
    },
  ])
  const callId = await it.dials('answered')
  await it.advance(2_000)
  await it.givenEvent('call.answered', { callId, agent: 'ann' })
  t.same(it.story(), ['owed', 'attempted connected', 'connected answered'])
  const [owed, , connected] = it.world.published
  t.match(owed?.data, { number, owedFor: 'abandoned', callId: call.callId, enqueuedAt: at })
  t.match(connected?.data, { callId, attempts: 1, owedMs: 2_000 })
  t.notMatch(JSON.stringify(it.world.published.slice(1)), '123456')
  t.notMatch(JSON.stringify(it.logged), '123456')
  await it.advance(minuteMs)
  t.equal(it.placed.length, 1)
})

t.test('needs that the engine would not accept do not end a callback', async (t) => {
  const it = await start(t)
  const call = await it.givenCall({ callerNumber: number })
  const requires = [{ afterMs: 0, anyOf: [{ german: 3 }] }]
  const agents = Array.from({ length: 51 }, (_, i) => `a${i}`)
  const { callId } = call
  await it.givenEvent('call.changed', { callId, requires, preferred: { agents } })
  await it.world.advance(minuteMs)
  await call.isAbandoned()
  t.match(it.placed, [{ number, requires, preferred: undefined }])
  t.match(
    it.logged.filter(({ level }) => level === 'warn'),
    [{ fields: { part: 'preferred' } }],
  )
  const cut = it.world.figures().find(({ name }) => name === 'switchyard_callback_needs_cut_total')
  t.match(cut, { labels: { part: 'preferred' } })
})

t.test(
  'nothing is owed to callers who hung up soon, withheld the number, or were served',
  async (t) => {
    const it = await start(t, {
      abandonedAfter: '20s',
      queues: { sales: {}, fax: { owes: false } },
    })
    await it.abandons({}, 19_999)
    await it.abandons({ callerNumber: '' })
    await it.abandons({ callerNumber: '4711' })
    await it.abandons({ queue: 'fax' })
    const served = await it.givenCall({ callerNumber: number })
    await served.isAnsweredBy('ann')
    await served.isCompleted()
    t.same(it.story(), [])
    t.same(await it.kept('numbers'), {})
    await it.abandons({}, 20_000)
    t.same(it.story(), ['owed'])
  },
)

t.test(
  'attempts are spaced by their outcome, have ids of their own, and are given up',
  async (t) => {
    const it = await start(t, { attempts: 3, spacing: { busy: '5m', noAnswer: '30m' } })
    await it.abandons()
    await it.dials('busy')
    await it.advance(5 * minuteMs - 1)
    t.equal(it.placed.length, 1)
    await it.advance(minuteMs)
    t.equal(it.placed.length, 2)
    await it.dials('noAnswer')
    await it.advance(29 * minuteMs)
    t.equal(it.placed.length, 2)
    await it.advance(2 * minuteMs)
    await it.dials('answered')
    await it.givenEvent('call.abandoned', { callId: it.latest() })
    await it.advance(60 * minuteMs)
    t.equal(new Set(it.placed.map(({ callId }) => callId)).size, 3)
    t.equal(new Set(it.placed.map(({ enqueuedAt }) => enqueuedAt)).size, 1)
    t.same(it.story(), [
      'owed',
      'attempted busy',
      'attempted noAnswer',
      'attempted hungUp',
      'givenUp hungUp',
    ])
  },
)

t.test('a customer who rings again takes the place, and nobody dials', async (t) => {
  const it = await start(t)
  const at = it.clock.now()
  await it.abandons()
  await it.advance(minuteMs)
  const again = await it.givenCall({ callerNumber: '0049 30 123456' })
  t.same(it.contacts.size, 0)
  t.match(
    it.world.commands.filter(({ name }) => name !== 'callback.place').map(({ input }) => input),
    [{ callId: it.latest() }, { callId: again.callId, enqueuedAt: at }],
  )
  await it.advance(5 * minuteMs)
  await again.isAnsweredBy('ann')
  t.same(it.story(), ['owed', 'absorbed rangAgain'])
  t.equal(it.placed.length, 1)
})

t.test(
  'a customer who rings again and gives up again is owed a call at the first place',
  async (t) => {
    const it = await start(t)
    const at = it.clock.now()
    await it.abandons()
    const again = await it.givenCall({ callerNumber: number })
    await it.advance(1_000)
    await again.isAbandoned()
    t.same(it.story(), ['owed', 'absorbed rangAgain', 'owed'])
    // What was withdrawn may still be placed by a command on its way: a minute is let pass.
    t.equal(it.placed.length, 1)
    await it.advance(75_000)
    t.match(it.placed.slice(1), [{ number, enqueuedAt: at }])
  },
)

t.test('a customer who has been reached is not absorbed by another call', async (t) => {
  const it = await start(t)
  await it.abandons()
  it.contacts.set(it.latest(), 'reached')
  const other = await it.givenCall({ callerNumber: number })
  t.notOk(it.world.commands.some(({ name }) => name === 'call.classify'))
  await other.isAbandoned()
  await it.givenEvent('call.answered', { callId: it.latest() })
  t.same(it.story(), ['owed', 'attempted connected', 'connected answered'])
})

t.test('a customer who was on the line already cancels it by being answered', async (t) => {
  const it = await start(t)
  const colleague = await it.givenCall({ callerNumber: number })
  await it.abandons()
  t.equal(it.placed.length, 1)
  await colleague.isAnsweredBy('ann')
  t.same([it.story(), it.contacts.size], [['owed', 'cancelled answered'], 0])
})

const byKey = {
  requests: [
    { flow: 'comfort', variable: 'choice', value: '1' },
    { flow: 'closed', variable: 'choice', value: '1', queue: 'sales', numberVariable: 'number' },
  ],
}

t.test('a caller who presses the key and hangs up is called back at the same place', async (t) => {
  const it = await start(t, byKey)
  const at = it.clock.now()
  const call = await it.givenCall({ callerNumber: number, queue: 'sales' })
  await it.advance(30_000)
  const key = { callId: call.callId, flow: 'comfort', name: 'choice', value: '1' }
  await it.givenEvent('flow.collected', { ...key, value: '2' })
  t.same(it.story(), [])
  await it.givenEvent('flow.collected', key)
  t.same([it.story(), it.placed], [['owed'], []])
  await it.givenEvent('call.sentAway', { callId: call.callId, end: 'hangup', queue: 'sales' })
  t.match(it.placed, [{ number, queue: 'sales', enqueuedAt: at }])
  t.match(it.world.published[0]?.data, { owedFor: 'requested', callId: call.callId })
})

t.test('a caller who presses the key and stays is served, and owed nothing', async (t) => {
  const it = await start(t, byKey)
  const call = await it.givenCall({ callerNumber: number })
  const key = { callId: call.callId, flow: 'comfort', name: 'choice', value: '1' }
  await it.givenEvent('flow.collected', key)
  await call.isAnsweredBy('ann')
  await call.isCompleted()
  await it.advance(120 * minuteMs)
  t.same([it.story(), it.placed], [['owed', 'cancelled answered'], []])
})

t.test('a caller who keyed another number is called back there', async (t) => {
  const it = await start(t, byKey)
  const callId = 'closed-1'
  await it.givenEvent('call.arrived', { callId, callerNumber: '' })
  const collected = { callId, flow: 'closed' }
  await it.givenEvent('flow.collected', { ...collected, name: 'choice', value: '1' })
  await it.givenEvent('flow.collected', { ...collected, name: 'number', value: '089123456' })
  await it.givenEvent('call.contained', { callId, flow: 'closed', endedBy: 'flow' })
  t.match(it.placed, [{ number: '+4989123456', queue: 'sales' }])
})

t.test('other endings owe a callback if the options say so', async (t) => {
  const it = await start(t, { owes: ['sentAway', 'overflowed', 'lost'] })
  const numbers = ['+4930000001', '+4930000002', '+4930000003', '+4930000004']
  const calls = []
  for (const callerNumber of numbers) {
    calls.push((await it.givenCall({ callerNumber })).callId)
  }
  const [sent = '', over = '', lost = '', moved = ''] = calls
  await it.givenEvent('call.sentAway', { callId: sent, queue: 'sales' })
  const gone = { callId: over, queue: 'sales', to: 'hangup NORMAL_CLEARING' }
  await it.givenEvent('call.overflowed', { ...gone, toQueue: undefined })
  await it.givenEvent('call.lost', { callId: lost, queue: 'sales' })
  await it.givenEvent('call.overflowed', { callId: moved, toQueue: 'federal' })
  t.same(
    it.placed.map((one) => one.number),
    numbers.slice(0, 3),
  )
})

const asked = { number, queue: 'sales', reason: 'requested' } as const

t.test(
  'a callback requested by command is owed once, at its time, and can be cancelled',
  async (t) => {
    const it = await start(t)
    const notBeforeAt = it.clock.now() + 10 * minuteMs
    const first = await it.command('callback.enqueue', { ...asked, notBeforeAt })
    const second = await it.command('callback.enqueue', { ...asked, number: '030123456' })
    t.match([first, second], [{ isNew: true }, { isNew: false }])
    const callbackId = first.ok ? first.callbackId : ''
    t.equal(second.ok && second.callbackId, callbackId)
    await it.advance(9 * minuteMs)
    t.same(it.placed, [])
    t.match(await it.own('list'), { callbacks: [{ callbackId, number }], total: 1 })
    await it.advance(2 * minuteMs)
    t.match(it.placed, [{ number }])
    const which = { type: 'id', callbackId } as const
    t.same(await it.command('callback.cancel', { which }), { ok: true, isCancelled: true })
    t.same(await it.command('callback.cancel', { which }), { ok: true, isCancelled: false })
    t.same([it.contacts.size, it.story()], [0, ['owed', 'cancelled command']])
    t.match(await it.own('show', { callbackId }), {
      callback: { state: { outcome: 'cancelled', reason: 'command' } },
    })
    t.match(await it.own('list', { isEnded: true, queue: 'sales' }), { total: 1 })
    t.match(await it.own('show', { callbackId: 'cb-none' }), { error: { code: 'invalid' } })
    const nobody = { type: 'number', number: '110' } as const
    t.same(await it.command('callback.cancel', { which: nobody }), { ok: true, isCancelled: false })
    t.match(await it.command('callback.enqueue', { ...asked, number: '110' }), {
      error: { code: 'invalid' },
    })
  },
)

t.test('a customer who is on the line is not dialled before the call is over', async (t) => {
  const it = await start(t)
  const call = await it.givenCall({ callerNumber: number })
  await call.isAnsweredBy('ann')
  await it.advance(1_000)
  await it.command('callback.enqueue', asked)
  await it.advance(10 * minuteMs)
  t.same(it.placed, [])
  await call.isCompleted()
  t.match([it.placed, it.story()], [[{ number }], ['owed']])
})

t.test('a call of two hours ago that has no end keeps nobody from being dialled', async (t) => {
  const enqueueAfter = async (ms: number) => {
    const it = await start(t)
    const call = await it.givenCall({ callerNumber: number })
    await call.isAnsweredBy('ann')
    await it.advance(ms)
    await it.command('callback.enqueue', asked)
    return it
  }
  const twoHours = 120 * minuteMs
  t.match((await enqueueAfter(twoHours)).placed, [{ number }])
  t.same((await enqueueAfter(twoHours - 1)).placed, [])
})

t.test('of many callbacks a hundred are listed, and all are counted', async (t) => {
  const it = await start(t, { hours: closedOnTuesdays })
  for (let index = 0; index < 101; index += 1) {
    await it.command('callback.enqueue', { ...asked, number: `+4930${123_000 + index}` })
  }
  const listed = async (input: object) => {
    const reply = await it.own('list', { ...input })
    const { callbacks, total } = reply as unknown as { callbacks: unknown[]; total: number }
    return [callbacks.length, total]
  }
  t.same(
    [await listed({}), await listed({ limit: 101 })],
    [
      [100, 101],
      [101, 101],
    ],
  )
})

t.test(
  'numbers on the do-not-call list are not dialled, and callbacks owed to them are cancelled',
  async (t) => {
    const file = join(t.testdir({ 'list.txt': '030 999999 # by letter\n\n' }), 'list.txt')
    const it = await start(t, { doNotCall: ['+49900*', '089 888888'], doNotCallFile: file })
    for (const barred of ['+4930999999', '+49900123456', '+4989888888']) {
      await it.abandons({ callerNumber: barred })
      t.match(await it.command('callback.enqueue', { ...asked, number: barred }), {
        error: { code: 'numberRefused' },
      })
    }
    t.same(it.story(), [])
    await it.abandons()
    t.same(await it.own('doNotCallAdd', { number: '030 123456' }), { ok: true, isCancelled: true })
    t.same([it.contacts.size, it.story()], [0, ['owed', 'cancelled doNotCall']])
    await it.abandons()
    t.equal(it.placed.length, 1)
    t.same(await it.own('doNotCallRemove', { number }), { ok: true, isRemoved: true })
    t.same(await it.own('doNotCallRemove', { number }), { ok: true, isRemoved: false })
    t.match(await it.own('doNotCallAdd', { number: '110' }), { error: { code: 'invalid' } })
    t.match(await it.own('doNotCallRemove', { number: '110' }), { error: { code: 'invalid' } })
    await it.abandons()
    await it.advance(2 * minuteMs)
    t.equal(it.placed.length, 2)
    // The file grows, and is reread; while it cannot be read, its old entries apply.
    await writeFile(file, `${number}\n`)
    await it.advance(minuteMs)
    await it.advance(minuteMs)
    t.equal(it.contacts.size, 0)
    await rm(file)
    await it.advance(minuteMs)
    t.match(it.health(), { isReady: false, faults: { doNotCallFile: /cannot be read/ } })
    t.match(await it.command('callback.enqueue', asked), { error: { code: 'numberRefused' } })
  },
)

t.test('outside the hours nobody is dialled, and placed contacts are withdrawn', async (t) => {
  const it = await start(t, {
    hours: { timeZone: 'UTC', days: { tue: '22:00-22:30', wed: ['08:00-09:00'] } },
  })
  // The clock of tests begins at 22:13:20 on a Tuesday.
  await it.abandons()
  t.equal(it.contacts.size, 1)
  await it.advance(20 * minuteMs)
  t.equal(it.contacts.size, 0)
  await it.advance(9 * 60 * minuteMs)
  t.equal(it.placed.length, 1)
  await it.advance(40 * minuteMs)
  t.equal(it.contacts.size, 1)
  t.equal(new Set(it.placed.map(({ callId }) => callId)).size, 2)
  t.same(it.story(), ['owed'])
})

t.test('a callback owed for too long expires, and is deleted in the end', async (t) => {
  const it = await start(t, { expireAfter: '2h', keepFor: '1d' })
  await it.abandons()
  await it.dials('noAnswer')
  await it.abandons({ callerNumber: '+4989123456' })
  await it.advance(3 * 60 * minuteMs)
  t.same(it.story().toSorted(byText), [
    'attempted noAnswer',
    'expired neverDialled',
    'expired notReached',
    'owed',
    'owed',
  ])
  t.same([...it.contacts.values()], ['spent'])
  await it.advance(50 * 60 * minuteMs)
  t.same([await it.kept('numbers'), await it.kept('calls')], [{}, {}])
})

t.test(
  'a customer whose machine answered is tried again, after the call and a pause',
  async (t) => {
    const it = await start(t, { attempts: 2, spacing: { machine: '10m' } })
    await it.abandons()
    const callId = await it.dials('answered')
    await it.givenEvent('call.answered', { callId })
    t.same(await it.own('reportMachine', { callId }), { ok: true, isOwed: true })
    await it.advance(15 * minuteMs)
    t.equal(it.placed.length, 1)
    await it.givenEvent('call.completed', { callId })
    t.equal(it.placed.length, 2)
    const second = await it.dials('answered')
    t.same(await it.own('reportMachine', { callId: second }), { ok: true, isOwed: true })
    await it.givenEvent('call.abandoned', { callId: second })
    t.same(it.story(), [
      'owed',
      'attempted connected',
      'connected answered',
      'attempted machine',
      'owed',
      'attempted machine',
      'givenUp machine',
    ])
    t.match(await it.own('reportMachine', { callId: 'none' }), { error: { code: 'callUnknown' } })
  },
)

t.test(
  'contacts are placed again with an engine that forgot them, and a spent one is accepted',
  async (t) => {
    const it = await start(t, { spacing: { other: '20m' } })
    await it.abandons()
    it.contacts.clear()
    await it.advance(20_000)
    t.same(
      it.placed.map(({ callId }) => callId),
      [it.latest(), it.latest()],
    )
    it.contacts.set(it.latest(), 'spent')
    await it.advance(50_000)
    t.same(it.story(), ['owed'])
    await it.advance(60_000)
    t.same(it.story(), ['owed', 'attempted unknown'])
    // The news comes late, and counts all the same.
    await it.givenEvent('call.answered', { callId: it.latest() })
    t.same(it.story(), ['owed', 'attempted unknown', 'connected answered'])
  },
)

t.test(
  'a number that the engine refuses is given up, but an unknown queue is retried',
  async (t) => {
    const it = await start(t)
    const refusing = (code: 'numberRefused' | 'queueUnknown') => () => ({
      ok: false as const,
      error: { code, message: '', retryable: false },
    })
    it.answerCommand('callback.place', refusing('queueUnknown'))
    await it.abandons()
    await it.advance(minuteMs)
    t.same(it.story(), ['owed'])
    t.match(it.health(), { isReady: false, faults: { engine: /does not accept callbacks/ } })
    it.answerCommand('callback.place', refusing('numberRefused'))
    await it.advance(minuteMs)
    t.same(it.story(), ['owed', 'givenUp numberRefused'])
    t.match(it.health(), { isReady: true })
  },
)

t.test('an answer delayed by a crash settles a callback that is known only later', async (t) => {
  const it = await start(t)
  const call = await it.givenCall({ callerNumber: number })
  await it.advance(minuteMs)
  it.crashAfter(1)
  await call.isAbandoned()
  const again = await it.givenCall({ callerNumber: number })
  await it.advance(5_000)
  await again.isAnsweredBy('ann')
  await it.advance(5 * minuteMs)
  t.same([it.story(), it.contacts.size], [['owed', 'absorbed rangAgain'], 0])
})

t.test('with answerArrivals, every arrival is classified', async (t) => {
  const it = await start(t, { answerArrivals: true })
  const stranger = await it.givenCall({ callerNumber: '+4989123456' })
  t.match(it.world.commands, [{ name: 'call.classify', input: { callId: stranger.callId } }])
  await it.abandons()
  const again = await it.givenCall({ callerNumber: number })
  const classified = it.world.commands.filter(({ name }) => name === 'call.classify')
  t.match(classified.at(-1)?.input, { callId: again.callId, enqueuedAt: Number })
  t.equal(classified.length, 3)
})

t.test('callbacks owed, and their outcomes, are counted', async (t) => {
  const it = await start(t, {}, 2)
  await it.abandons()
  await it.advance(20_000)
  const value = (name: string) =>
    it
      .figures()
      .filter((figure) => figure.name === name)
      .map((figure) => figure.value)
  t.same(value('switchyard_callback_owed'), [1])
  const callId = await it.dials('answered')
  await it.givenEvent('call.answered', { callId })
  await it.advance(20_000)
  t.same(value('switchyard_callback_owed'), [0])
  t.same(value('switchyard_callbacks_owed_total'), [1])
  t.same(value('switchyard_callback_attempts_total'), [1])
  t.same(value('switchyard_callbacks_ended_total'), [1])
  t.same(value('switchyard_callback_connection_seconds'), [1])
})

t.test('callbacks are enqueued, shown and cancelled over HTTP, only with the token', async (t) => {
  const tokenFile = join(t.testdir({ token: 'secret\n', empty: '' }), 'token')
  const it = await start(t, { http: { port: 0, token: { file: tokenFile } } })
  const port = await until(() => it.logged.find(({ fields }) => 'port' in fields)?.fields['port'])
  const ask = async (method: string, path: string, body?: unknown, token = 'secret') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return [response.status, (await response.json()) as { callbackId?: string }] as const
  }
  const owed = { number: '030123456', queue: 'sales' }
  t.match(await ask('POST', '/callbacks', owed, 'guess'), [
    401,
    { error: { code: 'unauthorized' } },
  ])
  const [created, { callbackId }] = await ask('POST', '/callbacks', owed)
  t.equal(created, 201)
  t.match(await ask('POST', '/callbacks', owed), [200, { callbackId, isNew: false }])
  t.match(await ask('GET', '/callbacks?queue=sales'), [
    200,
    { callbacks: [{ callbackId }], total: 1 },
  ])
  t.match(await ask('GET', `/callbacks/${callbackId}`), [200, { callback: { number } }])
  t.match(await ask('DELETE', `/callbacks/${callbackId}`), [200, { isCancelled: true }])
  t.match(await ask('GET', '/callbacks?ended=true'), [200, { total: 1 }])
  t.match(
    await Promise.all([
      ask('POST', '/callbacks', '{'),
      ask('POST', '/callbacks', { ...owed, number: 'x123456' }),
      ask('POST', '/callbacks', { ...owed, number: '110' }),
      ask('POST', '/callbacks', 'x'.repeat(20_000)),
      ask('GET', '/callbacks/none'),
      ask('GET', '/other'),
      ask('PUT', '/callbacks'),
      ask('PUT', '/callbacks/none'),
    ]),
    [[400], [400], [400], [413], [404], [404], [405], [405]],
  )
  const malformed = { error: { code: 'invalid', retryable: false } }
  for (const [method, path] of [
    ['GET', '/callbacks/%'],
    ['GET', '/callbacks/%zz'],
    ['DELETE', '/callbacks/%ff'],
    ['GET', '//'],
  ] as const) {
    t.match(await ask(method, path), [400, malformed], `${method} ${path}`)
  }
  const largest = JSON.stringify({ ...owed, number: '030777777' }).padEnd(16 * 1_024)
  t.match(
    await Promise.all([
      ask('POST', '/callbacks', largest),
      ask('POST', '/callbacks', `${largest} `),
    ]),
    [[201], [413, { error: { message: /16384 bytes/ } }]],
  )
  await it.own('doNotCallAdd', { number })
  t.match(await ask('POST', '/callbacks', owed), [403, { error: { code: 'numberRefused' } }])
  t.notMatch(JSON.stringify(it.logged), /secret|123456/)
  const refused = [
    { port: 0, token: { file: join(tokenFile, '..', 'empty') } },
    { port: 0, token: { file: join(tokenFile, '..', 'none') } },
    { port: 0, token: { env: 'NO_SUCH_TOKEN_OF_OURS' } },
  ]
  for (const http of refused) {
    await t.rejects(startPlugin(plugin, { numbers: { countryCode: '49' }, http }), {
      code: 'SY_PLUGIN_INVALID',
    })
  }
  const second = await start(t, { http: { port, token: { file: tokenFile } } })
  t.match(await until(() => second.health().faults['http']), /is the port taken/)
  t.equal(second.health().isReady, false)
})

t.test('a request over HTTP may take ten seconds', async (t) => {
  const it = await start(t, {
    http: { port: 0, token: { file: join(t.testdir({ token: 'x' }), 'token') } },
  })
  const port = await until(() => it.logged.find(({ fields }) => 'port' in fields)?.fields['port'])
  // Node looks for late requests every half a minute: too long for a test.
  const limits: number[] = []
  const note = (started: unknown) =>
    limits.push((started as { server: Server }).server.requestTimeout)
  subscribe('http.server.request.start', note)
  t.teardown(() => unsubscribe('http.server.request.start', note))
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 401)
  t.same(limits, [10_000])
})

/** Sockets take their own time: looks at what they have come to, turn by turn. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const seen = look()
    if (seen !== undefined) {
      return seen
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}
