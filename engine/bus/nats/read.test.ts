import t from 'tap'
import { bytes, codeOf, text } from '../../rigs/bus-world.ts'
import { natsServerMissing, startNatsServer } from '../../rigs/nats-server.ts'
import { connectNats } from '../../rigs/test-bus.ts'
import { recordingLogger } from '../../testing/recording-logger.ts'
import type { NatsBusOptions } from './nats.ts'
import { type ReadOptions, readNatsStream } from './read.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }

async function textsOf(options: NatsBusOptions, read: ReadOptions): Promise<readonly string[]> {
  const texts: string[] = []
  for await (const { data } of readNatsStream(options, read)) {
    texts.push(text(data))
  }
  return texts
}

t.test('a stream is read up to the last message at the time reading began', skip, async (t) => {
  const server = await startNatsServer()
  const options = { servers: [server.url], log: recordingLogger() }
  t.teardown(() => server.remove())
  const bus = await connectNats(t, server.url)
  await bus.ensureStream({ name: 'DAYS', subjects: ['day.>'] })
  const read = { stream: 'DAYS' }
  t.strictSame(await textsOf(options, read), [], 'an empty one ends at once')
  const publish = (from: number, to: number) =>
    bus.publish(
      Array.from({ length: to - from }, (_, index) => ({
        subject: `day.${(from + index) % 2 === 0 ? 'even' : 'odd'}`,
        id: `${from + index}`,
        data: bytes(`${from + index}`),
      })),
    )
  await publish(0, 1_200)
  const seen: string[] = []
  for await (const { data } of readNatsStream(options, read)) {
    if (seen.length === 0) {
      await publish(1_200, 1_210)
    }
    seen.push(text(data))
  }
  t.strictSame(
    seen,
    Array.from({ length: 1_200 }, (_, index) => `${index}`),
  )
  t.strictSame(
    await textsOf(options, { ...read, filter: 'day.odd' }),
    Array.from({ length: 605 }, (_, index) => `${2 * index + 1}`),
  )
  const later = Date.now() + 60_000
  t.strictSame(await textsOf(options, { ...read, sinceAt: later }), [])
  t.equal(await codeOf(() => textsOf(options, { stream: 'NONE' })), 'SY_BUS_NO_RESPONDER')
})

t.test('a broker that is away is reported, not waited for', async (t) => {
  const options = { servers: ['nats://127.0.0.1:1'], log: recordingLogger() }
  t.equal(await codeOf(() => textsOf(options, { stream: 'DAYS' })), 'SY_BUS_UNAVAILABLE')
})
