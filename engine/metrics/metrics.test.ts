import { readFileSync } from 'node:fs'
import { Registry } from 'prom-client'
import t, { type Test as TapTest } from 'tap'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, QueueId, SwitchId, TenantId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { repositoryFile } from '../rigs/repository-file.ts'
import { metricsPage } from './describe.ts'
import { registerEventLoopMetrics } from './event-loop-metrics.ts'
import { createMetrics, type Metrics } from './metrics.ts'

const clock: Clock = {
  now: () => 10_000,
  microseconds: () => 0,
  setTimer: () => ({ cancel() {} }),
}

const call = { tenant: 'acme', queue: 'sales', chargedTo: 'sales', callId: 'call-1', at: 0 }
const offer = { agent: 'ann', offerId: 'offer-1' }

/** The lines of our own metrics with values other than zero, without empty and full buckets. */
async function shown({ text }: Metrics): Promise<readonly string[]> {
  const { body } = await text()
  return body
    .split('\n')
    .filter((line) => line.startsWith('switchyard_') && !/ 0$|event_loop|_bucket/.test(line))
}

function start(t: TapTest): Metrics {
  const metrics = createMetrics(clock)
  t.teardown(() => metrics.stop())
  return metrics
}

t.test('the life of a call shows in every metric it touches, in base units', async (t) => {
  const metrics = start(t)
  metrics.tally.addQueue('acme' as TenantId, 'sales' as QueueId, 5_000)
  metrics.tally.addAgent('acme' as TenantId, 'ann' as AgentId, 'idle', 8_000)
  const events: readonly EngineEvent[] = [
    {
      type: 'call.queued',
      data: { ...call, enqueuedAt: 1_000, queueWaitMs: 0, priority: 0, isAdopted: false },
    },
    {
      type: 'call.offered',
      data: { ...call, ...offer, waitMs: 10, startAfterMs: 0, deadlineAt: 30_000, matchUs: 3 },
    },
    { type: 'call.offerEnded', data: { ...call, ...offer, outcome: 'busy', cause: 'USER_BUSY' } },
    {
      type: 'call.answered',
      data: { ...call, ...offer, waitMs: 2_500, queueWaitMs: 2_500, isWithinThreshold: true },
    },
    {
      type: 'call.completed',
      data: {
        ...call,
        agent: 'ann',
        waitMs: 2_500,
        talkMs: 30_000,
        holdMs: 4_000,
        endedBy: 'agent',
      },
    },
    {
      type: 'call.queued',
      data: {
        ...call,
        callId: 'b',
        enqueuedAt: 4_000,
        queueWaitMs: 0,
        priority: 0,
        isAdopted: false,
      },
    },
    {
      type: 'call.queued',
      data: {
        ...call,
        callId: 'c',
        enqueuedAt: 7_000,
        queueWaitMs: 0,
        priority: 0,
        isAdopted: false,
      },
    },
    {
      type: 'call.queued',
      data: {
        ...call,
        callId: 'd',
        enqueuedAt: 7_000,
        queueWaitMs: 0,
        priority: 0,
        isAdopted: false,
      },
    },
    {
      type: 'call.abandoned',
      data: { ...call, callId: 'c', waitMs: 500, queueWaitMs: 500, wasRinging: true },
    },
    {
      type: 'call.overflowed',
      data: {
        ...call,
        callId: 'd',
        waitMs: 1_500,
        queueWaitMs: 1_500,
        reason: 'maxWait',
        to: 'hangup USER_BUSY',
      },
    },
    { type: 'call.rejected', data: { tenant: 'acme', callId: 'e', at: 0, reason: 'noRoute' } },
  ]
  for (const event of events) {
    metrics.record(event)
  }

  const inQueue = 'tenant="acme",queue="sales"'
  t.strictSame(await shown(metrics), [
    `switchyard_queue_calls_offered_total{${inQueue}} 4`,
    `switchyard_queue_calls_answered_total{${inQueue}} 1`,
    `switchyard_queue_calls_answered_in_time_total{${inQueue}} 1`,
    `switchyard_queue_calls_abandoned_total{${inQueue}} 1`,
    `switchyard_queue_calls_short_abandoned_total{${inQueue}} 1`,
    `switchyard_queue_calls_sent_away_total{${inQueue}} 1`,
    `switchyard_queue_hold_seconds_total{${inQueue}} 4`,
    `switchyard_queue_calls_overflowed_total{${inQueue},reason="maxWait"} 1`,
    `switchyard_queue_depth{${inQueue}} 1`,
    `switchyard_queue_longest_wait_seconds{${inQueue}} 6`,
    `switchyard_queue_service_level_ratio{${inQueue}} 0.5`,
    `switchyard_queue_wait_seconds_sum{${inQueue},outcome="answered"} 2.5`,
    `switchyard_queue_wait_seconds_count{${inQueue},outcome="answered"} 1`,
    `switchyard_queue_wait_seconds_sum{${inQueue},outcome="abandoned"} 0.5`,
    `switchyard_queue_wait_seconds_count{${inQueue},outcome="abandoned"} 1`,
    `switchyard_queue_wait_seconds_sum{${inQueue},outcome="overflowed"} 1.5`,
    `switchyard_queue_wait_seconds_count{${inQueue},outcome="overflowed"} 1`,
    `switchyard_queue_talk_seconds_sum{${inQueue}} 30`,
    `switchyard_queue_talk_seconds_count{${inQueue}} 1`,
    'switchyard_agents{tenant="acme",state="idle"} 1',
    'switchyard_agent_state_seconds_total{tenant="acme",state="idle"} 2',
    'switchyard_calls_rejected_total{tenant="acme",reason="noRoute"} 1',
    'switchyard_match_seconds_sum{tenant="acme"} 0.000003',
    'switchyard_match_seconds_count{tenant="acme"} 1',
    'switchyard_offers_failed_total{tenant="acme",outcome="busy"} 1',
  ])
  t.strictSame(await shown(metrics), await shown(metrics), 'a scrape changes nothing')
})

t.test('the connection, commands, events and odd frames of a switch are counted', async (t) => {
  const metrics = start(t)
  const fs1 = metrics.switch('fs1' as SwitchId)
  const states = [{ switchId: 'fs1' as SwitchId, isConnected: true, isSynchronised: true }]
  const expected = { tenant: 'acme', queue: 'sales' }
  metrics.watchEngine({
    switchStates: () => states,
    liveCalls: 7,
    expectedWaits: () => [
      { ...expected, expectedWaitMs: 4_000 },
      { ...expected, queue: 'help', expectedWaitMs: undefined },
    ],
  })
  fs1.connection(true)
  fs1.connection(false)
  fs1.commandAnswered('offer', 'ok', 2_000)
  fs1.commandAnswered('offer', 'refused', 3_000)
  fs1.commandAnswered('hangUp', 'timeout', 5_000_000)
  fs1.eventDecoded('CHANNEL_PARK')
  fs1.eventDecoded('CHANNEL_PARK')
  fs1.frameOdd('badLength')
  t.strictSame(await shown(metrics), [
    'switchyard_switch_connections_total{switch="fs1"} 1',
    'switchyard_switch_command_seconds_sum{switch="fs1",command="offer"} 0.005',
    'switchyard_switch_command_seconds_count{switch="fs1",command="offer"} 2',
    'switchyard_switch_command_failures_total{switch="fs1",command="offer",reason="refused"} 1',
    'switchyard_switch_command_failures_total{switch="fs1",command="hangUp",reason="timeout"} 1',
    'switchyard_switch_events_total{switch="fs1",event="CHANNEL_PARK"} 2',
    'switchyard_switch_odd_frames_total{switch="fs1",kind="badLength"} 1',
    'switchyard_switch_connected{switch="fs1"} 1',
    'switchyard_switch_synchronised{switch="fs1"} 1',
    'switchyard_queue_expected_wait_seconds{tenant="acme",queue="sales"} 4',
    'switchyard_live_calls 7',
  ])
  states.splice(0, 1, { switchId: 'fs1' as SwitchId, isConnected: false, isSynchronised: false })
  t.match((await metrics.text()).body, /switchyard_switch_connected\{switch="fs1"\} 0\n/)
})

t.test('a switch that invents event names does not fill up the memory', async (t) => {
  const metrics = start(t)
  const fs1 = metrics.switch('fs1' as SwitchId)
  for (let index = 0; index < 1_000; index++) {
    fs1.eventDecoded(`INVENTED_${index}`)
  }
  fs1.eventDecoded('INVENTED_0')
  const lines = (await shown(metrics)).filter((line) => line.includes('_events_total'))
  t.equal(lines.length, 101)
  t.ok(lines.includes('switchyard_switch_events_total{switch="fs1",event="INVENTED_0"} 2'))
  t.ok(lines.includes('switchyard_switch_events_total{switch="fs1",event="other"} 900'))
})

t.test('the outbox is read at each scrape', async (t) => {
  const metrics = start(t)
  let failures = 3
  metrics.watchOutbox(() => ({
    backlog: 7,
    spilledBytes: 1_024,
    oldestAgeMs: 1_500,
    failures,
    dropped: 2,
  }))
  const expected = [
    'switchyard_outbox_backlog 7',
    'switchyard_outbox_spilled_bytes 1024',
    'switchyard_outbox_oldest_age_seconds 1.5',
    'switchyard_outbox_failures_total 3',
    'switchyard_outbox_dropped_total 2',
  ]
  t.strictSame(await shown(metrics), expected)
  failures = 4
  t.strictSame(await shown(metrics), expected.with(3, 'switchyard_outbox_failures_total 4'))
})

t.test(
  'the lag is the excess over the sampling time, and starts again at each scrape',
  async (t) => {
    const registry = new Registry()
    let count = 2
    const stop = registerEventLoopMetrics(registry, {
      get count() {
        return count
      },
      max: 260_000_000,
      percentile: (share) => (share === 50 ? 9_999_000 : 110_000_000),
      enable: () => true,
      disable: () => true,
      reset() {
        count = 0
      },
    })
    const values = async () =>
      (await registry.metrics()).split('\n').filter((line) => /^[^#]/.test(line))
    t.strictSame(await values(), [
      'switchyard_event_loop_lag_p50_seconds 0',
      'switchyard_event_loop_lag_p99_seconds 0.1',
      'switchyard_event_loop_lag_max_seconds 0.25',
    ])
    t.strictSame(await values(), [
      'switchyard_event_loop_lag_p50_seconds 0',
      'switchyard_event_loop_lag_p99_seconds 0',
      'switchyard_event_loop_lag_max_seconds 0',
    ])
    stop()
  },
)

t.test('the lag of a blocked event loop shows', async (t) => {
  const metrics = start(t)
  const lag = async () => {
    const { body } = await metrics.text()
    return Number(/^switchyard_event_loop_lag_max_seconds (\S+)/m.exec(body)?.[1])
  }
  // Longer than the sampling time, so that a sample is due before this ends.
  const turn = () => new Promise((resolve) => setTimeout(resolve, 25))
  await lag()
  await turn()
  const until = performance.now() + 300
  while (performance.now() < until) {
    // The loop is blocked.
  }
  await turn()
  const seen = await lag()
  t.ok(seen >= 0.25 && seen < 5, `${seen} s`)
})

t.test('the registry can be passed in, and contains the metrics of the process too', async (t) => {
  const registry = new Registry()
  const metrics = createMetrics(clock, registry)
  t.teardown(() => metrics.stop())
  const { contentType, body } = await metrics.text()
  t.equal(contentType, registry.contentType)
  t.match(body, 'process_cpu_user_seconds_total')
})

t.test('docs/metrics.md matches the metrics: run `npm run docs`', async (t) => {
  t.equal(readFileSync(repositoryFile('docs/metrics.md'), 'utf8'), metricsPage())
})
