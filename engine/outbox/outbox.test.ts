import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Bus, StreamMessage } from '../bus/bus.ts'
import { createMemoryBus, type MemoryBus } from '../bus/memory/memory.ts'
import { decodeEnvelope } from '../catalogue/envelope.ts'
import { eventExamples } from '../catalogue/events/event-examples.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import { createMailbox } from '../rigs/bus-world.ts'
import { createMemoryDisk, type MemoryDisk } from '../rigs/memory-disk.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { createOutbox, type Outbox, type OutboxLimits } from './outbox.ts'

const event: EngineEvent = { type: 'call.queued', data: eventExamples['call.queued'] }

interface World {
  readonly clock: ManualClock
  readonly bus: MemoryBus
  readonly disk: MemoryDisk
  readonly log: ReturnType<typeof recordingLogger>
  start(limits?: OutboxLimits, over?: { bus?: Bus; hasDisk?: boolean }): Outbox
  /** The events in the stream as `KEY.SEQUENCE`, in order. */
  stored(): Promise<readonly string[]>
}

function createWorld(): World {
  const clock = new ManualClock()
  const log = recordingLogger()
  // Turns are microtasks here: work that takes many turns is done once a test has yielded.
  const bus = createMemoryBus({ clock, log, defer: queueMicrotask })
  const disk = createMemoryDisk()
  return {
    clock,
    bus,
    disk,
    log,
    start: (limits = {}, { bus: other = bus, hasDisk = true } = {}) =>
      createOutbox({
        bus: other,
        clock,
        log,
        source: '/switchyard/test',
        limits,
        defer: queueMicrotask,
        ...(hasDisk && { disk }),
      }),
    async stored() {
      const got = createMailbox<StreamMessage>()
      const reading = await bus.consume(
        { stream: 'SWITCHYARD_EVENTS', durable: `r${Math.round(clock.now())}` },
        (message) => {
          got.put(message)
          message.ack()
        },
      )
      await settle()
      await settle()
      await reading.stop()
      return got.items.map(({ data }) => decodeEnvelope(data).id.replace('acme.', ''))
    },
  }
}

function appendMany(outbox: Outbox, key: string, from: number, to: number): string[] {
  const ids: string[] = []
  for (let sequence = from; sequence <= to; sequence += 1) {
    outbox.append('acme', key, sequence, event)
    ids.push(`${key}.${sequence}`)
  }
  return ids
}

const quiet = {
  backlog: 0,
  spilledEvents: 0,
  spilledBytes: 0,
  published: 0,
  failures: 0,
  diskFailures: 0,
  dropped: 0,
  torn: 0,
  oldestAgeMs: 0,
}

t.test('events are published in order, on the subject of their tenant and type', async (t) => {
  const { bus, start } = createWorld()
  const outbox = start()
  const received = createMailbox<string>()
  await bus.subscribe('switchyard.>', ({ subject }) => received.put(subject))
  outbox.append('acme', 'c1', 1, { type: 'call.arrived', data: eventExamples['call.arrived'] })
  outbox.append('acme', 'c1', 2, event)
  outbox.append('other', 'c2', 1, event)
  t.equal(outbox.figures().backlog, 3)
  t.equal(await outbox.drain(1_000), true)
  t.same(await received.take(3), [
    'switchyard.acme.event.call.arrived',
    'switchyard.acme.event.call.queued',
    'switchyard.other.event.call.queued',
  ])
  t.same(outbox.figures(), { ...quiet, published: 3 })
})

t.test('the stream exists before the first event, even when the broker is late', async (t) => {
  const world = createWorld()
  const { clock, bus } = world
  bus.setConnected(false)
  const outbox = world.start({ lastRetryMs: 1_000 }, { hasDisk: false })
  await clock.pass(10_000)
  t.match(outbox.figures(), { backlog: 0, failures: 0 })
  bus.setConnected(true)
  await clock.pass(1_000)
  t.same(await world.stored(), [])

  bus.setConnected(false)
  const brief = world.start({}, { hasDisk: false })
  await settle()
  await brief.stop()
  await outbox.stop()
  t.equal(clock.pendingTimers, 0)
})

t.test('append only stores the event: it does not publish, write or throw', async (t) => {
  const { bus, disk, start } = createWorld()
  const outbox = start()
  await settle()
  bus.setConnected(false)
  outbox.append('a tenant with spaces', 'c', 1, event)
  outbox.append('acme', 'c', 1, { type: 'call.held', data: { at: 'never' } } as never)
  t.same(outbox.figures(), { ...quiet, backlog: 2 })
  t.equal(disk.files.size, 0)
})

t.test('an event that cannot be encoded or stored is dropped and counted, alone', async (t) => {
  const { start, stored, log } = createWorld()
  const outbox = start()
  const huge = { ...eventExamples['call.lost'], reason: 'x'.repeat(2 ** 20) }
  const ids = appendMany(outbox, 'c', 1, 3)
  outbox.append('no such tenant!', 'c', 4, event)
  outbox.append('acme', 'c', 5, { type: 'call.lost', data: huge })
  outbox.append('acme', 'bad key', 6, event)
  ids.push(...appendMany(outbox, 'c', 7, 9))
  t.equal(await outbox.drain(1_000), true)
  t.same(await stored(), ids)
  t.same(outbox.figures(), { ...quiet, published: 6, dropped: 3 })
  t.equal(log.lines.filter(({ level }) => level === 'error').length, 3)
  t.notMatch(JSON.stringify(log.lines), /xxx/)
})

t.test(
  'events wait in memory during a short outage, with growing pauses between attempts',
  async (t) => {
    const { bus, clock, disk, start, stored, log } = createWorld()
    const outbox = start({ outageMs: 5_000 })
    const ids = appendMany(outbox, 'c', 1, 2)
    await settle()
    bus.setConnected(false)
    ids.push(...appendMany(outbox, 'c', 3, 5))
    await clock.pass(2_000)
    t.match(outbox.figures(), { backlog: 3, spilledEvents: 0, published: 2, oldestAgeMs: 2_000 })
    // At 0, 100, 300, 700 and 1500 ms.
    t.equal(outbox.figures().failures, 5)
    t.equal(disk.files.size, 0)
    bus.setConnected(true)
    await clock.pass(1_000)
    t.same(await stored(), ids)
    t.match(outbox.figures(), { backlog: 0, oldestAgeMs: 0, dropped: 0 })
    t.same(
      log.lines.map(({ level, message }) => [level, message]),
      [
        ['warn', 'events cannot be published; they are kept and sent later'],
        ['info', 'publishing has resumed'],
      ],
    )
  },
)

t.test(
  'in a long outage, or with a full memory, events go to disk and come back in order',
  async (t) => {
    const { bus, clock, disk, start, stored } = createWorld()
    const outbox = start({ outageMs: 5_000, spillAboveEvents: 1_000, batchEvents: 100 })
    bus.setConnected(false)
    const ids = appendMany(outbox, 'a', 1, 1_500)
    await settle()
    await clock.pass(100)
    t.match(outbox.figures(), { backlog: 1_500, spilledEvents: 1_500 })
    ids.push(...appendMany(outbox, 'b', 1, 10))
    await clock.pass(1_000)
    t.match(outbox.figures(), { backlog: 1_510, spilledEvents: 1_500 })
    await clock.pass(5_000)
    t.match(outbox.figures(), { backlog: 1_510, spilledEvents: 1_510, oldestAgeMs: 6_100 })
    t.ok(outbox.figures().spilledBytes > 1_510 * 100)
    bus.setConnected(true)
    ids.push(...appendMany(outbox, 'c', 1, 10))
    t.equal(await Promise.all([outbox.drain(60_000), clock.pass(2_000)]).then(([d]) => d), true)
    t.same(await stored(), ids)
    t.equal(disk.files.size, 0)
    t.match(outbox.figures(), { spilledEvents: 0, spilledBytes: 0, oldestAgeMs: 0 })
  },
)

t.test(
  'the next process first sends the events that the last one left, without a torn line',
  async (t) => {
    const world = createWorld()
    world.bus.setConnected(false)
    const first = world.start()
    const ids = appendMany(first, 'a', 1, 20)
    await settle()
    await first.stop()
    t.match(first.figures(), { backlog: 20, spilledEvents: 20, dropped: 0 })
    appendMany(first, 'late', 1, 1)
    t.equal(first.figures().dropped, 1)

    const [name = '', content = new Uint8Array()] = [...world.disk.files][0] ?? []
    world.disk.files.set(name, content.subarray(0, content.length - 5))
    world.disk.files.set('events-000000000009.spill', Buffer.from('switchyard.acme.ev'))
    world.disk.files.set('notes.txt', Buffer.from('not ours'))
    world.bus.setConnected(true)
    const second = world.start()
    ids.splice(19, 1, ...appendMany(second, 'b', 1, 5))
    t.equal(await second.drain(1_000), true)
    t.same(await world.stored(), ids)
    t.same(second.figures(), { ...quiet, published: 24, torn: 2 })
    t.same([...world.disk.files.keys()], ['notes.txt'])
  },
)

t.test('a batch whose acknowledgement was lost is sent again and kept once', async (t) => {
  const { bus, clock, start, stored } = createWorld()
  let losses = 2
  const lossy: Bus = Object.create(bus, {
    publish: {
      async value(messages: Parameters<Bus['publish']>[0]) {
        const published = await bus.publish(messages.slice(0, losses > 0 ? 7 : undefined))
        if (losses > 0) {
          losses -= 1
          bus.setConnected(false)
          await bus.publish([])
        }
        return published
      },
    },
  })
  const outbox = start({}, { bus: lossy })
  const ids = appendMany(outbox, 'c', 1, 20)
  for (let outage = 0; outage < 4; outage += 1) {
    await clock.pass(1_000)
    bus.setConnected(true)
  }
  await clock.pass(1_000)
  t.same(await stored(), ids)
  t.match(outbox.figures(), { backlog: 0, dropped: 0 })
})

t.test('the stream is created again for a broker that lost it', async (t) => {
  const { clock, start, log } = createWorld()
  const empty = createMemoryBus({ clock, log })
  let current: Bus = createMemoryBus({ clock, log })
  const moving = new Proxy({} as Bus, { get: (_, name) => Reflect.get(current, name) })
  const outbox = start({}, { bus: moving })
  appendMany(outbox, 'c', 1, 1)
  await outbox.drain(1_000)
  current = empty
  appendMany(outbox, 'c', 2, 2)
  await settle()
  await clock.pass(1_000)
  t.match(outbox.figures(), { backlog: 0, failures: 1, published: 2 })
})

t.test('when there is no more room the policy decides, and every loss is counted', async (t) => {
  const limits = { batchEvents: 10, spillAboveEvents: 20, memoryEvents: 50, spillBytes: 8_000 }
  for (const whenFull of ['dropOldest', 'dropNewest'] as const) {
    const { bus, clock, start, stored } = createWorld()
    bus.setConnected(false)
    const outbox = start({ ...limits, whenFull })
    const ids: string[] = []
    for (let round = 0; round < 10; round += 1) {
      ids.push(...appendMany(outbox, `r${round}`, 1, 30))
      await clock.pass(200)
    }
    const { dropped, spilledBytes, backlog } = outbox.figures()
    t.ok(spilledBytes <= 8_000, `${spilledBytes} bytes on disk`)
    t.equal(backlog + dropped, 300)
    t.ok(dropped > 100)
    bus.setConnected(true)
    await clock.pass(3_000)
    t.equal(outbox.figures().backlog, 0)
    const kept = await stored()
    t.equal(kept.length, 300 - dropped)
    t.same(
      kept,
      ids.filter((id) => new Set(kept).has(id)),
    )
    t.equal(kept.includes('r0.1'), whenFull === 'dropNewest')
    t.equal(kept.includes('r9.30'), whenFull === 'dropOldest')
  }
})

t.test(
  'without a disk events wait in memory, and what is left at the end is counted',
  async (t) => {
    const { bus, start, log } = createWorld()
    const outbox = start({ memoryEvents: 10 }, { hasDisk: false })
    bus.setConnected(false)
    appendMany(outbox, 'c', 1, 15)
    await settle()
    t.match(outbox.figures(), { backlog: 10, dropped: 5 })
    await outbox.stop()
    t.match(outbox.figures(), { dropped: 15 })
    t.match(log.lines.at(-1), { level: 'error', fields: { lost: 10 } })
  },
)

t.test('a disk that fails loses nothing while there is room in memory', async (t) => {
  const { bus, clock, disk, start, stored, log } = createWorld()
  const outbox = start({ spillAboveEvents: 5, batchEvents: 4 })
  bus.setConnected(false)
  disk.failAppendsAfter(100)
  const ids = appendMany(outbox, 'a', 1, 20)
  await clock.pass(2_000)
  t.match(outbox.figures(), { backlog: 20, spilledEvents: 0, dropped: 0 })
  t.ok(outbox.figures().diskFailures > 1)
  disk.failAppendsAfter(undefined)
  ids.push(...appendMany(outbox, 'a', 21, 30))
  await clock.pass(1_000)
  t.match(outbox.figures(), { backlog: 30, spilledEvents: 30 })
  bus.setConnected(true)
  await clock.pass(2_000)
  t.same(await stored(), ids)
  t.equal(disk.files.size, 0)
  t.equal(log.lines.filter(({ message }) => message.includes('disk')).length, 1)
})

t.test('a file that cannot be read delays the others for a while, not forever', async (t) => {
  const { bus, clock, disk, start, stored } = createWorld()
  bus.setConnected(false)
  const first = start()
  appendMany(first, 'unreadable', 1, 5)
  await first.stop()
  const second = start({ outageMs: 0 })
  const ids = appendMany(second, 'a', 1, 5)
  await clock.pass(1_000)
  disk.failReadsOf('events-000000000001.spill')
  t.match(second.figures(), { spilledEvents: 10 })
  bus.setConnected(true)
  await clock.pass(20_000)
  t.same(await stored(), ids)
  t.match(second.figures(), { backlog: 0, dropped: 5, diskFailures: 10 })
  t.same([...disk.files.keys()], ['events-000000000001.spill'])

  const third = start()
  const more = appendMany(third, 'b', 1, 5)
  t.equal(await Promise.all([third.drain(1_000), clock.pass(1)]).then(([done]) => done), true)
  t.same(await stored(), [...ids, ...more])
  t.match(third.figures(), { backlog: 0, dropped: 0, torn: 1 })
  t.same([...disk.files.keys()], ['events-000000000001.spill'])
})

t.test('drain ends at its time limit, and stop leaves no timer behind', async (t) => {
  const { bus, clock, start } = createWorld()
  const outbox = start()
  t.equal(await outbox.drain(1_000), true)
  bus.setConnected(false)
  appendMany(outbox, 'c', 1, 3)
  const [isDrained] = await Promise.all([outbox.drain(500), clock.pass(500)])
  t.equal(isDrained, false)
  await outbox.stop()
  t.equal(clock.pendingTimers, 0)
})

t.test('whatever fails and restarts, every event is stored once and in order', async (t) => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('append'), count: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('away', 'back'), count: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('pass'), count: fc.nat(3_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constantFrom('fail', 'repair'), count: fc.nat(900) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), count: fc.nat() }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { bus, clock, disk, start, stored } = createWorld()
      const limits = { batchEvents: 7, spillAboveEvents: 20, outageMs: 1_000, spillBytes: 2 ** 22 }
      let outbox = start(limits)
      const ids: string[] = []
      for (const { do: action, count } of steps) {
        if (action === 'append') {
          ids.push(...appendMany(outbox, 'c', ids.length + 1, ids.length + count))
        } else if (action === 'away' || action === 'back') {
          bus.setConnected(action === 'back')
        } else if (action === 'pass') {
          await clock.pass(count)
        } else if (action === 'fail' || action === 'repair') {
          disk.failAppendsAfter(action === 'fail' ? count : undefined)
        } else {
          disk.failAppendsAfter(undefined)
          await outbox.stop()
          outbox = start(limits)
        }
      }
      disk.failAppendsAfter(undefined)
      bus.setConnected(true)
      await clock.pass(5_000)
      const { backlog, dropped } = outbox.figures()
      assert.deepEqual({ backlog, dropped }, { backlog: 0, dropped: 0 })
      // If nothing was published, there is no stream to read.
      assert.deepEqual(ids.length === 0 ? [] : await stored(), ids)
      await outbox.stop()
    }),
    { numRuns: 60 },
  )
  t.pass()
})

t.test('the stream keeps events for a week by default', async (t) => {
  const { start, bus, stored, clock } = createWorld()
  const outbox = start()
  const [id = ''] = appendMany(outbox, 'c', 1, 1)
  await settle()
  t.same(await stored(), [id])
  await clock.pass(7 * 24 * 3_600_000 - 1)
  t.same(await stored(), [id])
  await clock.pass(2)
  t.same(await stored(), [])
  await outbox.stop()
  await bus.close()
})
