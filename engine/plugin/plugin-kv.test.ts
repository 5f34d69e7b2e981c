import fc from 'fast-check'
import t from 'tap'
import { createMemoryBus } from '../bus/memory/memory.ts'
import { checkKey } from '../bus/names.ts'
import { codeOf } from '../rigs/bus-world.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { z } from './index.ts'
import { decodeKey, encodeKey } from './key-text.ts'
import { createOnce } from './once.ts'
import { createPluginKv } from './plugin-kv.ts'

async function openBucket() {
  const clock = new ManualClock()
  const bus = createMemoryBus({ clock, log: recordingLogger() })
  const bucket = await bus.kv('B')
  return { clock, bus, bucket }
}

t.test('any text can be a key, and is decoded unchanged', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (text) => {
      const key = encodeKey(text)
      checkKey(key)
      return decodeKey(key) === text
    }),
  )
  t.equal(encodeKey('+49 30'), '=2B49=2030')
  t.not(encodeKey('a.b'), encodeKey('a=2Eb'))
})

t.test('concurrent updates of one value are all applied', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 20 }),
      async (steps) => {
        const { bucket } = await openBucket()
        const counts = createPluginKv(() => bucket, 'counts', z.int())
        await Promise.all(steps.map((step) => counts.update('k', (now = 0) => now + step)))
        const kept = await counts.get('k')
        return (kept?.value ?? 0) === steps.reduce((sum, step) => sum + step, 0)
      },
    ),
    { numRuns: 30 },
  )
})

t.test(
  'a store keeps its own keys, checks what goes in and out, and tells of changes',
  async (t) => {
    const { bucket, bus } = await openBucket()
    const one = createPluginKv(() => bucket, 'one', z.strictObject({ n: z.int() }))
    const other = createPluginKv(() => bucket, 'one.more', z.string())
    const told: unknown[] = []
    await other.put('+49', 'before')
    const watching = await other.watch((key, value) => told.push([key, value]))
    t.equal(await one.create('k', { n: 1 }), true)
    t.equal(await one.create('k', { n: 2 }), false)
    await other.put('k', 'x')
    t.same(await one.keys(), ['k'])
    t.same((await other.keys()).toSorted(), ['+49', 'k'])
    t.same((await one.get('k'))?.value, { n: 1 })
    t.same(await one.update('k', (now) => now && { n: now.n + 1 }), { n: 2 })
    const { revision } = (await one.get('k')) ?? {}
    t.same(await one.update('k', (now) => now), { n: 2 })
    t.equal((await one.get('k'))?.revision, revision)
    t.equal(await one.update('k', () => undefined), undefined)
    t.equal(await one.get('k'), undefined)
    t.equal(await one.update('none', (now) => now), undefined)
    await other.delete('k')
    await settle()
    t.same(told, [
      ['+49', 'before'],
      ['k', 'x'],
      ['k', undefined],
    ])
    await watching.stop()

    const misfit = {
      code: 'SY_PLUGIN_INVALID',
      message: 'one: a value does not match the schema: n: expected number, received string',
    }
    await t.rejects(one.put('k', { n: '+4930' as never }), misfit)
    await bucket.put('one.k', Buffer.from('{"n":"+4930"}'))
    await t.rejects(one.get('k'), misfit)
    await bucket.put('one.k', Buffer.from('+4930'))
    await t.rejects(one.get('k'), { message: 'one: a stored value is not JSON' })
    bus.setConnected(false)
    t.equal(await codeOf(() => other.create('z', 'z')), 'SY_BUS_UNAVAILABLE')
    t.equal(await codeOf(() => other.update('z', () => 'z')), 'SY_BUS_UNAVAILABLE')
  },
)

t.test('an update that keeps losing races is given up', async (t) => {
  const { bucket } = await openBucket()
  const busy = { ...bucket, update: async () => await bucket.create('one.k', new Uint8Array()) }
  const one = createPluginKv(() => busy, 'one', z.int())
  await one.put('k', 1)
  t.equal(await codeOf(() => one.update('k', (now = 0) => now + 1)), 'SY_BUS_CONFLICT')
})

t.test(
  'work is claimed by one replica, and can be taken over when the claim expires',
  async (t) => {
    const { bucket, clock } = await openBucket()
    const open = () => createOnce(() => bucket, clock, 10_000)
    const [a, b] = [open(), open()]
    const first = await a.claim('e1')
    t.match(first, { type: 'mine', failures: 0 })
    t.same(await b.claim('e1'), { type: 'others', freeInMs: 10_000 })
    await clock.pass(10_000)
    t.same(await b.claim('e1'), { type: 'others', freeInMs: 5_000 })
    await clock.pass(5_000)
    const second = await b.claim('e1')
    t.match(second, { type: 'mine', failures: 1 })
    t.equal(first.type === 'mine' && (await a.finish('e1', first.revision)), false)
    t.equal(second.type === 'mine' && (await b.finish('e1', second.revision)), true)
    t.same(await a.claim('e1'), { type: 'done' })
  },
)

t.test('failures are counted across replicas, until the work is forgotten', async (t) => {
  const { bucket, clock } = await openBucket()
  const open = () => createOnce(() => bucket, clock, 10_000)
  let failures = 0
  for (const replica of [open(), open(), open()]) {
    const claim = await replica.claim('e1')
    t.match(claim, { type: 'mine', failures })
    if (claim.type === 'mine') {
      await replica.fail('e1', claim.revision, claim.failures)
    }
    failures += 1
  }
  const last = open()
  const claim = await last.claim('e1')
  if (claim.type === 'mine') {
    await last.forget('e1', claim.revision)
  }
  t.match(await open().claim('e1'), { type: 'mine', failures: 0 })
})

t.test('results of work during an outage are written after it', async (t) => {
  const { bucket, bus, clock } = await openBucket()
  const [a, b] = [1, 2].map(() => createOnce(() => bucket, clock, 10_000))
  const done = await a?.claim('done')
  const failed = await a?.claim('failed')
  bus.setConnected(false)
  if (done?.type === 'mine' && failed?.type === 'mine') {
    t.equal(await codeOf(() => a?.finish('done', done.revision)), 'SY_BUS_UNAVAILABLE')
    t.equal(await codeOf(() => a?.fail('failed', failed.revision, 0)), 'SY_BUS_UNAVAILABLE')
  }
  await clock.pass(3_000)
  t.equal(await codeOf(() => a?.claim('done')), 'SY_BUS_UNAVAILABLE')
  bus.setConnected(true)
  t.same(await a?.claim('done'), { type: 'done' })
  await clock.pass(1_000)
  t.same(await b?.claim('done'), { type: 'done' })
  t.match(await b?.claim('failed'), { type: 'mine', failures: 1 })
  a?.close()
  t.equal(clock.pendingTimers, 0)
})

t.test('a mark that could not be written is tried again every second', async (t) => {
  const { clock, bus, bucket } = await openBucket()
  const once = createOnce(() => bucket, clock, 60_000)
  const claim = await once.claim('work')
  const kept = async () => Buffer.from((await bucket.get('work'))?.value ?? '').toString()
  bus.setConnected(false)
  const revision = claim.type === 'mine' ? claim.revision : 0
  await t.rejects(once.finish('work', revision), { code: 'SY_BUS_UNAVAILABLE' })
  await clock.pass(2_000)
  bus.setConnected(true)
  await clock.pass(999)
  t.match(await kept(), 'until')
  await clock.pass(1)
  t.equal(await kept(), '"done"')
  once.close()
})
