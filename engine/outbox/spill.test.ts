import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { createMemoryDisk } from '../rigs/memory-disk.ts'
import { createFileDisk } from './disk.ts'
import { createSpill, type Spill } from './spill.ts'
import type { HeldEvent } from './spill-file.ts'

const roomy = { maxBytes: 2 ** 26, whenFull: 'dropOldest' } as const

function held(number: number, padding = 0): HeldEvent {
  const data = Buffer.from(JSON.stringify({ number, padding: 'ü'.repeat(padding) }))
  return { subject: 'switchyard.acme.event.call.held', id: `acme.c.${number}`, at: number, data }
}

const numbers = (events: readonly HeldEvent[]) => events.map(({ at }) => at)

/** Takes everything out, `limit` at a time. */
async function empty(spill: Spill, limit = 100): Promise<number[]> {
  const taken: number[] = []
  for (let events = await spill.peek(limit); events.length > 0; events = await spill.peek(limit)) {
    taken.push(...numbers(events))
    await spill.confirm()
  }
  return taken
}

t.test(
  'a spill is a queue, however its files are split, and the next process finds the rest',
  async (t) => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write'), count: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constantFrom('take', 'look'), count: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ do: fc.constant('restart'), count: fc.nat() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const disk = createMemoryDisk()
        const options = { ...roomy, maxBytes: 2 ** 16 }
        let spill = createSpill(disk, options)
        await spill.open()
        let model: number[] = []
        /** Where the oldest file begins: a restart forgets which of its events were confirmed. */
        let next = 1
        for (const { do: action, count } of steps) {
          if (action === 'write') {
            const events = Array.from({ length: count }, (_, i) => held(next + i))
            next += count
            assert.equal(await spill.write(events), true)
            model.push(...numbers(events))
          } else if (action === 'restart') {
            spill = createSpill(disk, options)
            await spill.open()
            const again = numbers(await spill.peek(1))
            const first = again[0] ?? next
            assert.ok(first <= (model[0] ?? next), 'a restart repeats events, and skips none')
            model = Array.from({ length: next - first }, (_, i) => first + i)
          } else {
            const events = numbers(await spill.peek(count))
            assert.deepEqual(events, model.slice(0, events.length))
            assert.equal(events.length === 0, model.length === 0)
            if (action === 'take') {
              await spill.confirm()
              model = model.slice(events.length)
            }
          }
          assert.equal(spill.events, model.length)
        }
        assert.deepEqual(await empty(spill), model)
        assert.deepEqual([spill.events, spill.bytes, disk.files.size], [0, 0, 0])
      }),
      { numRuns: 100 },
    )
    t.pass()
  },
)

t.test(
  'a line longer than a read is read whole, and damaged lines between good ones are skipped',
  async (t) => {
    const disk = createMemoryDisk()
    const first = createSpill(disk, roomy)
    await first.write([held(1, 400_000), held(2), held(3, 200_000)])
    const [name = '', content = new Uint8Array()] = [...disk.files][0] ?? []
    const damage = 'no tabs at all\nsubject\tid\t12\t{"cut": \nsubject\tid\tyesterday\t{}\n'
    disk.files.set(name, Buffer.concat([Buffer.from(damage), content, Buffer.from('torn')]))
    disk.files.set('events-000000000007.spill', Buffer.from('x\ny\n'))

    const second = createSpill(disk, roomy)
    await second.open()
    t.equal(second.events, 8)
    await second.write([held(4)])
    t.same(await empty(second), [1, 2, 3, 4])
    t.match(second, { events: 0, bytes: 0, torn: 6, dropped: 0, oldestAt: undefined })
    t.equal(disk.files.size, 0)
  },
)

t.test(
  'an event whose write failed half-way is not read, and later ones are not damaged by it',
  async (t) => {
    const disk = createMemoryDisk()
    const spill = createSpill(disk, roomy)
    await spill.write([held(1)])
    disk.failAppendsAfter(10)
    await t.rejects(spill.write([held(2)]), { code: 'ENOSPC' })
    await t.rejects(spill.write([held(2)]), { code: 'ENOSPC' })
    disk.failAppendsAfter(undefined)
    await spill.write([held(2)])
    t.equal(disk.files.size, 2)
    t.same(await empty(spill), [1, 2])
  },
)

t.test('files of the file system are private to their owner, and outlive the spill', async (t) => {
  const directory = join(await mkdtemp(join(tmpdir(), 'switchyard-spill-')), 'spill')
  t.teardown(() => rm(join(directory, '..'), { recursive: true }))
  const disk = createFileDisk(directory)
  t.same(await disk.list(), [])
  const first = createSpill(disk, roomy)
  await first.open()
  await first.write([held(1), held(2)])
  const [name = ''] = await disk.list()
  t.equal((await stat(join(directory, name))).mode & 0o777, 0o600)
  t.equal((await stat(directory)).mode & 0o777, 0o700)

  const second = createSpill(createFileDisk(directory), roomy)
  await second.open()
  t.match(second, { events: 2, oldestAt: 1 })
  t.same(await empty(second), [1, 2])
  t.same(await disk.list(), [])
  await disk.remove('never.there')
  await t.rejects(createFileDisk('/dev/null/x').list(), { code: 'ENOTDIR' })
})

t.test('damaged lines are subtracted from the remaining count as they are passed', async (t) => {
  const disk = createMemoryDisk()
  await createSpill(disk, roomy).write([held(1), held(2), held(3), held(4)])
  const [name = '', content = new Uint8Array()] = [...disk.files][0] ?? []
  const lines = Buffer.from(content).toString().split('\n')
  disk.files.set(name, Buffer.from(lines.with(1, 'damaged').join('\n')))

  const spill = createSpill(disk, roomy)
  await spill.open()
  t.match(spill, { events: 4, torn: 0, oldestAt: 1 })
  t.same(numbers(await spill.peek(2)), [1, 3])
  t.match(spill, { events: 4, torn: 0 })
  await spill.confirm()
  t.match(spill, { events: 1, torn: 1, dropped: 0, oldestAt: 3 })
  t.same(await empty(spill), [4])
  t.match(spill, { events: 0, torn: 1, dropped: 0 })
})
