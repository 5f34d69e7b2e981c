import type { KvEntry } from '../bus/bus.ts'
import { bytes, codeOf, createMailbox, type Rule, text } from './bus-world.ts'

const shown = (entry: KvEntry | undefined) => entry && `${entry.key}=${text(entry.value)}`

/** The rules of key-value buckets. */
export function busKvContract(rule: Rule): void {
  rule('a key is created once, and replaced only at the revision that was read', async (t, w) => {
    const kv = await w.bus.kv('leases')
    t.equal(await kv.get('tenant.acme'), undefined)
    const first = await kv.create('tenant.acme', bytes('a'))
    t.equal(await codeOf(() => kv.create('tenant.acme', bytes('b'))), 'SY_BUS_CONFLICT')
    const second = await kv.update('tenant.acme', bytes('c'), first)
    t.ok(second > first)
    t.equal(await codeOf(() => kv.update('tenant.acme', bytes('d'), first)), 'SY_BUS_CONFLICT')
    t.equal(await codeOf(() => kv.update('tenant.acme', bytes('d'), 0)), 'SY_BUS_CONFLICT')
    t.equal(await codeOf(() => kv.update('tenant.none', bytes('d'), second)), 'SY_BUS_CONFLICT')
    const entry = await kv.get('tenant.acme')
    t.equal(shown(entry), 'tenant.acme=c')
    t.equal(entry?.revision, second)
  })

  rule('of many who create a key or replace a revision, one succeeds', async (t, { bus }) => {
    const kv = await bus.kv('leases')
    const race = async (run: (i: number) => Promise<number>) => {
      const codes = await Promise.all(Array.from({ length: 8 }, (_, i) => codeOf(() => run(i))))
      return codes.filter((code) => code === undefined).length
    }
    t.equal(await race((i) => kv.create('k', bytes(`${i}`))), 1)
    const { revision = 0 } = (await kv.get('k')) ?? {}
    t.equal(await race((i) => kv.update('k', bytes(`${i}`), revision)), 1)
  })

  rule('a deleted key is gone, and can be created again', async (t, { bus }) => {
    const kv = await bus.kv('agents')
    await kv.put('ann', bytes('1'))
    await kv.put('ann', bytes('2'))
    await kv.put('bob', bytes('3'))
    t.same((await kv.keys()).toSorted(), ['ann', 'bob'])
    await kv.delete('ann')
    await kv.delete('nobody')
    t.equal(await kv.get('ann'), undefined)
    t.same(await kv.keys(), ['bob'])
    await kv.create('ann', bytes('4'))
    t.equal(shown(await kv.get('ann')), 'ann=4')
    await kv.delete('ann')
    await kv.delete('bob')
    t.same(await kv.keys(), [])
  })

  rule('keys that no bucket accepts are refused', async (t, { bus }) => {
    const kv = await bus.kv('keys')
    for (const key of ['', '.a', 'a.', 'a..b', 'a b', '*', 'ä']) {
      t.equal(await codeOf(() => kv.get(key)), 'SY_BUS_INVALID', key)
      t.equal(await codeOf(() => kv.put(key, bytes(''))), 'SY_BUS_INVALID', key)
    }
  })

  rule(
    'a watch passes on the present entries, then each change in order, until stopped',
    async (t, w) => {
      const kv = await w.bus.kv('watched')
      await kv.put('a', bytes('1'))
      await kv.put('b', bytes('2'))
      await kv.put('gone', bytes('3'))
      await kv.delete('gone')
      const reported = createMailbox<string>()
      const watching = await kv.watch((key, entry) =>
        reported.put(shown(entry) ?? `${key} deleted`),
      )
      t.same(new Set(reported.items), new Set(['a=1', 'b=2']))
      await kv.put('a', bytes('4'))
      await kv.delete('b')
      await kv.create('c', bytes('5'))
      t.same((await reported.take(5)).slice(2), ['a=4', 'b deleted', 'c=5'])

      await watching.stop()
      const after = createMailbox<string>()
      await kv.watch((key) => after.put(key))
      const before = after.items.length
      await kv.put('d', bytes('6'))
      await after.take(before + 1)
      t.equal(reported.items.length, 5)
    },
  )

  rule('an empty bucket can be watched', async (t, { bus }) => {
    const kv = await bus.kv('empty')
    const reported = createMailbox<string | undefined>()
    await kv.watch((_key, entry) => reported.put(shown(entry)))
    await kv.put('a', bytes('1'))
    t.same(await reported.take(1), ['a=1'])
  })

  rule('an entry expires unless it is renewed, and a watch reports it', async (t, world) => {
    const { bus, passTime } = world
    const kv = await bus.kv('presence', { ttlMs: 1_000 })
    const reported = createMailbox<string>()
    await kv.watch((key, entry) => reported.put(shown(entry) ?? `${key} gone`))
    let revision = await kv.create('renewed', bytes('1'))
    await kv.create('left', bytes('2'))
    for (let beat = 0; beat < 6; beat += 1) {
      await passTime(300)
      revision = await kv.update('renewed', bytes('1'), revision)
    }
    t.equal(await kv.get('left'), undefined)
    t.same(await kv.keys(), ['renewed'])
    t.same(
      (await reported.take(9)).filter((line) => line !== 'renewed=1'),
      ['left=2', 'left gone'],
    )
    t.type(await kv.create('left', bytes('3')), 'number')
  })

  rule(
    'a bucket uses the time to live that it was last opened with',
    async (t, { bus, passTime }) => {
      const forever = await bus.kv('changed')
      await forever.put('a', bytes('1'))
      const limited = await bus.kv('changed', { ttlMs: 500 })
      await limited.put('b', bytes('2'))
      await passTime(1_500)
      t.same(await forever.keys(), [])
    },
  )
}
