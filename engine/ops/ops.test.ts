import { request } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { isSwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type OpsOptions, startOps } from './ops.ts'
import { type SwitchHealth, switchReadiness } from './readiness.ts'

interface Reply {
  readonly status: number | undefined
  readonly contentType: string | undefined
  readonly body: string
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

async function open(over: Partial<OpsOptions> = {}) {
  return startOps({
    host: '127.0.0.1',
    port: 0,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    readiness: () => switchReadiness([]),
    log: silent,
    ...over,
  })
}

function ask(port: number, path: string, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({
          status: response.statusCode,
          contentType: response.headers['content-type'],
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

t.test('metrics are served as their provider gives them, HEAD without a body', async (t) => {
  const ops = await open()
  t.teardown(() => ops.stop())
  t.strictSame(await ask(ops.port, '/metrics?name=up'), {
    status: 200,
    contentType: 'text/plain; version=0.0.4',
    body: 'up 1\n',
  })
  t.strictSame(await ask(ops.port, '/metrics', 'HEAD'), {
    status: 200,
    contentType: 'text/plain; version=0.0.4',
    body: '',
  })
})

t.test('ready only while one switch is connected and synchronised', async (t) => {
  let switches: readonly SwitchHealth[] = []
  const ops = await open({ readiness: () => switchReadiness(switches) })
  t.teardown(() => ops.stop())
  const ready = async () => {
    const { status, contentType, body } = await ask(ops.port, '/readyz')
    t.equal(contentType, 'application/json')
    return { status, ...JSON.parse(body) }
  }
  const fs1 = { switchId: 'fs1', isConnected: false, isSynchronised: false }
  const fs2 = { switchId: 'fs2', isConnected: true, isSynchronised: false }

  t.strictSame(await ready(), {
    status: 503,
    ready: false,
    missing: ['no switch is configured'],
    switches,
  })
  switches = [fs1, fs2]
  t.strictSame(await ready(), {
    status: 503,
    ready: false,
    missing: [
      'switch fs1 is not connected',
      'switch fs2 is connected, but its state has not been read yet',
    ],
    switches,
  })
  switches = [fs1, { ...fs2, isSynchronised: true }]
  t.strictSame(await ready(), {
    status: 200,
    ready: true,
    missing: ['switch fs1 is not connected'],
    switches,
  })
})

t.test('alive without a switch; other paths and methods are refused', async (t) => {
  const ops = await open()
  t.teardown(() => ops.stop())
  t.match(await ask(ops.port, '/healthz'), { status: 200, body: 'alive\n' })
  t.match(await ask(ops.port, '/healthz', 'POST'), { status: 405 })
  for (const path of ['/', '/metrics/', '//metrics', '/%', '/healthz/../metrics:x', '*']) {
    t.match(await ask(ops.port, path), { status: 404 }, path)
  }
})

t.test('a provider that throws answers 500, is logged, and the next request works', async (t) => {
  const logged: string[] = []
  let runs = 0
  const ops = await open({
    log: { ...silent, error: (_fields, message) => logged.push(message) },
    metrics: async () => {
      runs++
      if (runs === 1) {
        throw new Error('broken')
      }
      return { contentType: 'text/plain', body: 'ok' }
    },
  })
  t.teardown(() => ops.stop())
  t.match(await ask(ops.port, '/metrics'), { status: 500, body: 'internal error: see the log\n' })
  t.match(await ask(ops.port, '/metrics'), { status: 200, body: 'ok' })
  t.strictSame(logged, ['a request to the operations port failed'])
})

t.test('simultaneous scrapes share one run', async (t) => {
  let runs = 0
  const ops = await open({
    metrics: async () => {
      runs++
      await new Promise((resolve) => setImmediate(resolve))
      return { contentType: 'text/plain', body: `run ${runs}` }
    },
  })
  t.teardown(() => ops.stop())
  // Two requests in one chunk: the server has both before it runs anything else.
  const socket = connect(ops.port, '127.0.0.1')
  const request = 'GET /metrics HTTP/1.1\r\nhost: ops\r\n'
  socket.write(`${request}\r\n${request}connection: close\r\n\r\n`)
  let replies = ''
  for await (const chunk of socket) {
    replies += chunk
  }
  t.strictSame(replies.match(/run \d/g), ['run 1', 'run 1'])
})

t.test('a port that is in use is a configuration fault with a cure', async (t) => {
  const ops = await open()
  t.teardown(() => ops.stop())
  const error = await open({ port: ops.port }).catch((reason: unknown) => reason)
  t.ok(isSwitchyardError(error, 'SY_CONFIG_INVALID'))
  t.match(error, {
    message: `ops cannot listen on 127.0.0.1:${ops.port}: the port is in use: stop the other program, or set another ops.port`,
    cause: { code: 'EADDRINUSE' },
  })
  await t.rejects(open({ host: '203.0.113.1' }), {
    message: /this machine does not have that address/,
  })
})

t.test('stopping waits for no idle or half-open connection', async (t) => {
  const ops = await open()
  const idle = connect(ops.port, '127.0.0.1')
  const half = connect(ops.port, '127.0.0.1')
  const closed = [idle, half].map((socket) => new Promise((resolve) => socket.on('close', resolve)))
  await new Promise<void>((resolve) => half.write('GET /met', () => resolve()))
  // The server has accepted both once it answers a third.
  await ask(ops.port, '/healthz')
  await ops.stop()
  await Promise.all(closed)
  await t.rejects(ask(ops.port, '/healthz'), { code: 'ECONNREFUSED' })
})
