import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { ManualClock, recordingLogger } from '../../engine/testing/index.ts'
import type { Arrival } from './facts.ts'
import { classifications, createFixture, figure } from './fixture.ts'
import { createLookup, type Fetch, type LookupOutcome } from './lookup.ts'
import { skillOptions } from './options.ts'

const arrival = (caller: string): Arrival => ({ dialled: '0800', caller, origin: 'caller' })

function startLookup(fetch: Fetch, over: Record<string, unknown> = {}, token?: string) {
  const clock = new ManualClock()
  const log = recordingLogger()
  const outcomes: LookupOutcome[] = []
  const url = 'http://crm/{caller}?line={dialled}'
  const { lookup } = skillOptions.parse({ lookup: { url, ...over } })
  if (lookup === undefined) {
    throw new TypeError('the options have a look-up')
  }
  const find = createLookup({
    options: lookup,
    token,
    wanted: new Set(['vip', 'language', 'orders']),
    fetch,
    clock,
    log,
    onEnded: (outcome) => outcomes.push(outcome),
  })
  return { clock, log, outcomes, find }
}

t.test('a service is asked over HTTP with its token, and only wanted facts are kept', async (t) => {
  const requests: unknown[] = []
  const server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.authorization])
    const path = new URL(request.url ?? '', 'http://x').pathname
    switch (decodeURIComponent(path)) {
      case '/+491':
        response.end(
          JSON.stringify({
            vip: true,
            orders: 3,
            language: 'de',
            name: 'Erika',
            list: [1],
            no: null,
          }),
        )
        return
      case '/+492':
        response.writeHead(404).end('no such customer')
        return
      case '/+493':
        response.writeHead(302, { location: '/+491' }).end()
        return
      case '/+494':
        response.end(JSON.stringify({ vip: 'x'.repeat(70_000) }))
        return
      case '/+495':
        response.end('["no object"]')
        return
      default:
        response.writeHead(500).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/{caller}?line={dialled}`
  const { find, outcomes } = startLookup(fetch, { url, failures: 100 }, 't0ken')
  t.same(await find(arrival('+491')), { vip: 'true', orders: '3', language: 'de' })
  t.same(requests, [['GET', '/%2B491?line=0800', 'Bearer t0ken']])
  for (const number of ['+492', '+493', '+494', '+495', '+496']) {
    t.same(await find(arrival(number)), {}, number)
  }
  t.same(outcomes, ['found', 'unknown', 'failed', 'failed', 'failed', 'failed'])
})

t.test('replies are cached for a while, 404 included', async (t) => {
  let count = 0
  const { find, outcomes, clock } = startLookup(
    async (url) => {
      count += 1
      return url.includes('491')
        ? Response.json({ vip: count })
        : new Response(null, { status: 404 })
    },
    { cacheFor: '5m', cacheSize: 2 },
  )
  t.same(await find(arrival('+491')), { vip: '1' })
  t.same(await find(arrival('+492')), {})
  clock.advance(5 * 60_000 - 1)
  t.same(await find(arrival('+491')), { vip: '1' })
  t.same(await find(arrival('+492')), {})
  clock.advance(1)
  t.same(await find(arrival('+491')), { vip: '3' })
  await find(arrival('+492'))
  await find(arrival('+493'))
  t.same(await find(arrival('+491')), { vip: '6' }, 'the oldest made room')
  t.same(outcomes.filter((outcome) => outcome === 'cached').length, 2)
})

t.test('calls of one number ask once; beyond the limit a call goes without', async (t) => {
  const answers: ((response: Response) => void)[] = []
  const { find, outcomes } = startLookup(() => new Promise((resolve) => answers.push(resolve)), {
    atOnce: 2,
  })
  const first = [find(arrival('+491')), find(arrival('+491')), find(arrival('+492'))]
  t.same(await find(arrival('+493')), {})
  t.same(outcomes, ['skipped'])
  t.equal(answers.length, 2)
  for (const answer of answers) {
    answer(Response.json({ vip: 1 }))
  }
  t.same(await Promise.all(first), [{ vip: '1' }, { vip: '1' }, { vip: '1' }])
  t.same(await find(arrival('')), {}, 'who withholds the number is not asked for')
  t.equal(answers.length, 2)
})

t.test('a request that hangs is given up and counted', async (t) => {
  let signal: AbortSignal | null | undefined
  const { find, outcomes, clock } = startLookup(
    (_url, init) => {
      signal = init.signal
      return new Promise(() => {})
    },
    { timeout: '1s' },
  )
  const asking = find(arrival('+491'))
  await clock.pass(999)
  t.equal(signal?.aborted, false)
  await clock.pass(1)
  t.same(await asking, {})
  t.equal(signal?.aborted, true)
  t.same(outcomes, ['timedOut'])
  t.equal(clock.pendingTimers, 0)
})

t.test('requests to a failing service are paused, then one probes it', async (t) => {
  let isWell = false
  let count = 0
  const { find, outcomes, clock, log } = startLookup(
    async () => {
      count += 1
      if (!isWell) {
        throw new TypeError('fetch failed: +49 is in this message')
      }
      return Response.json({ vip: 1 })
    },
    { failures: 3, pause: '30s' },
  )
  for (let i = 0; i < 5; i += 1) {
    t.same(await find(arrival(`+49${i}`)), {})
  }
  t.same(outcomes, ['failed', 'failed', 'failed', 'skipped', 'skipped'])
  clock.advance(29_999)
  await find(arrival('+496'))
  t.equal(count, 3)
  clock.advance(1)
  await Promise.all([find(arrival('+497')), find(arrival('+498'))])
  t.equal(count, 4, 'one tried, and failed')
  isWell = true
  clock.advance(30_000)
  t.same(await find(arrival('+497')), { vip: '1' })
  t.same(await find(arrival('+498')), { vip: '1' })
  t.same(
    log.lines.map(({ level, fields, message }) => [level, fields, message]),
    [['warn', { pauseMs: 30_000 }, 'the look-up keeps failing; requests are paused']],
  )
})

const options = {
  rules: [
    { when: { vip: 'yes' }, priority: 50 },
    { when: { dialled: '0800' }, priority: 1 },
  ],
  lookup: { url: 'http://crm/{caller}' },
}

t.test(
  'an answer in time is in the first word; the call waits no longer than for it',
  async (t) => {
    const { asked, start } = createFixture()
    const world = await start(t, options)
    const { callId } = await world.givenCall({ callerNumber: '+491', dialledNumber: '0800' })
    await world.advance(60)
    t.same(classifications(world), [])
    asked[0]?.answer({ vip: 'yes' })
    await world.advance(0)
    t.same(classifications(world), [{ callId, priority: 51 }])
    t.equal(world.commands[0]?.at, world.clock.now())
    await world.advance(10_000)
    t.equal(classifications(world).length, 1)
  },
)

t.test('a late reply leads to an update; no reply, to none', async (t) => {
  const { asked, start } = createFixture()
  const world = await start(t, options)
  const began = world.clock.now()
  const late = await world.givenCall({ callerNumber: '+491', dialledNumber: '0800' })
  const never = await world.givenCall({ callerNumber: '+492', dialledNumber: '0800' })
  const failed = await world.givenCall({ callerNumber: '+493', dialledNumber: '0800' })
  asked[2]?.fail()
  await world.advance(700)
  asked[0]?.answer({ vip: 'yes' })
  await world.advance(60_000)
  t.same(
    world.commands.map(({ input, at }) => ({ ...input, after: at - began })),
    [
      { callId: failed.callId, priority: 1, after: 0 },
      { callId: late.callId, priority: 1, after: 100 },
      { callId: never.callId, priority: 1, after: 100 },
      { callId: late.callId, priority: 51, after: 700 },
    ],
  )
  for (const [outcome, count] of [
    ['found', 1],
    ['timedOut', 1],
    ['failed', 1],
  ] as const) {
    t.equal(figure(world, 'switchyard_skill_lookups_total', { outcome }), count, outcome)
  }
})

t.test('a service that hangs delays no other call', async (t) => {
  const { start } = createFixture()
  const world = await start(t, { ...options, lookup: { ...options.lookup, atOnce: 100 } })
  const began = world.clock.now()
  for (let i = 0; i < 100; i += 1) {
    await world.givenEvent('call.arrived', { callId: `call-${i}`, callerNumber: `+4930${i}` })
  }
  await world.advance(100)
  t.equal(classifications(world).length, 100)
  t.ok(world.commands.every(({ at }) => at - began <= 100))
})

t.test('a crash before the update loses neither it nor its effect', async (t) => {
  const { asked, start } = createFixture()
  const world = await start(t, options)
  const { callId } = await world.givenCall({ callerNumber: '+491' })
  await world.advance(500)
  await world.crash()
  await world.advance(5_000)
  asked[1]?.answer({ vip: 'yes' })
  await world.advance(1_000)
  t.same(classifications(world), [{ callId }, { callId, priority: 50 }])
})

t.test('the token is read from its place, and no error message contains it', async (t) => {
  const { asked, files, start } = createFixture({ TOKEN: 's3cret' })
  files.write('/token', 'from-file\n')
  const withToken = (token: unknown) => ({ ...options, lookup: { ...options.lookup, token } })
  for (const token of [{ env: 'TOKEN' }, { file: '/token' }]) {
    const world = await start(t, withToken(token))
    await world.givenCall()
    t.notMatch(JSON.stringify(world.logged), /s3cret|from-file/)
  }
  t.same(
    asked.map(({ init }) => init.headers),
    ['s3cret', 'from-file'].map((token) => ({
      accept: 'application/json',
      authorization: `Bearer ${token}`,
    })),
  )
  await t.rejects(start(t, withToken({ file: '/missing' })), {
    code: 'SY_PLUGIN_INVALID',
    message: 'lookup.token: cannot read the file /missing',
  })
})
