import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { encodeEvent } from '../catalogue/envelope.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import { eventStream } from '../catalogue/subjects.ts'
import { configFile, plainConfig } from '../rigs/config-file.ts'
import { natsServerMissing, startNatsServer } from '../rigs/nats-server.ts'
import { connectNats } from '../rigs/test-bus.ts'
import { encodeLines } from './testing/record-day.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }

/** Runs a command line and waits until it ends. */
function run(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const env = { ...process.env, ESL_PASSWORD: 'hunter2' }
  return new Promise((resolve) => {
    const all = ['build/engine/main.js', ...args]
    const child = execFile(process.execPath, all, { env }, (_, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    )
  })
}

t.test('a saved day is replayed and a call explained; bus: memory keeps no events', async (t) => {
  const config = configFile(t, plainConfig)
  const about = { tenant: 'acme', callId: 'call-1', queue: 'sales', chargedTo: 'sales' }
  const events: readonly EngineEvent[] = [
    {
      type: 'call.queued',
      data: { ...about, at: 0, enqueuedAt: 0, queueWaitMs: 0, priority: 0, isAdopted: false },
    },
    {
      type: 'call.abandoned',
      data: { ...about, at: 7_000, waitMs: 7_000, queueWaitMs: 7_000, wasRinging: false },
    },
  ]
  const day = join(dirname(config), 'day.jsonl')
  writeFileSync(day, encodeLines('acme', events).join('\n'))
  const replayed = await run('replay', day, '--config', config, '--json')
  t.strictSame([replayed.status, replayed.err], [0, ''])
  t.match(JSON.parse(replayed.out), { all: { recorded: { abandoned: 1 }, new: { calls: 1 } } })
  const explained = await run('explain', 'call-1', '--events', day)
  t.match(explained.out, /\+7\.0 s {2}the caller hangs up after waiting 7\.0 s\n$/)
  const absent = await run('explain', 'call-1', '--events', `${day}.none`)
  t.equal(absent.status, 2)
  t.match(absent.err, /cannot read .*none/)
  const refused = await run('events', '--config', config)
  t.equal(refused.status, 2)
  t.match(refused.err, 'set bus.nats to keep them')
})

t.test('the events that a broker keeps are printed as lines', skip, async (t) => {
  const server = await startNatsServer()
  t.teardown(() => server.remove())
  const bus = await connectNats(t, server.url)
  await bus.ensureStream({ name: eventStream.name, subjects: eventStream.subjects })
  const about = { callId: 'call-1', queue: 'sales', chargedTo: 'sales', at: 0, enqueuedAt: 0 }
  const messages = ['acme', 'other'].map((tenant) => {
    const data = { ...about, tenant, queueWaitMs: 0, priority: 0, isAdopted: false }
    const origin = { source: '/switchyard/test', tenant, key: 'call-1', sequence: 1 }
    return encodeEvent(origin, { type: 'call.queued', data })
  })
  await bus.publish(messages)
  const config = configFile(t, `bus: { nats: { servers: ['${server.url}'] } }\n${plainConfig}`)
  const lines = messages.map(({ data }) => `${Buffer.from(data).toString()}\n`)
  const all = await run('events', '--config', config)
  t.strictSame([all.status, all.out], [0, lines.join('')])
  const some = await run('events', '--config', config, '--tenant', 'acme', '--since', '1h')
  t.strictSame([some.status, some.out], [0, lines[0]])
  const story = await run('explain', 'call-1', '--config', config)
  t.match(story.out, 'waits in sales')
})
