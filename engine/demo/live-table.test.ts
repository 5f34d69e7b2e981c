import t from 'tap'
import type { QueueSummary } from '../metrics/figures.ts'
import { type Picture, pictureLine, tableLines } from './live-table.ts'

const queue: QueueSummary = {
  tenant: 'demo',
  queue: 'sales',
  waiting: 3,
  longestWaitMs: 12_340,
  talking: 10,
  offered: 50,
  answered: 40,
  abandoned: 2,
  shortAbandoned: 0,
  overflowed: 0,
  transferred: 0,
  lost: 0,
  serviceLevel: 0.951,
  abandonment: 0.05,
  asaMs: 2_345,
  ahtMs: 60_000,
  waitMs: { p50: 1_000, p99: 9_000 },
}
const picture: Picture = {
  elapsedMs: 17_000,
  queues: [queue, { ...queue, queue: 'r', waiting: 0, serviceLevel: undefined, asaMs: undefined }],
  agents: { idle: 5, reserved: 0, ringing: 1, talking: 10, wrapUp: 2, off: 0 },
  services: {
    ...{ calls: 60, classified: 58, owed: 7, absorbed: 2, connected: 3, otherwise: 1 },
    ...{ asked: 20, answered: 16, satisfied: 0.75 },
  },
  matchUs: { p50: 8.04, p99: undefined },
}

t.test('the table has aligned columns, and a dash for unknown values', async (t) => {
  t.strictSame(tableLines(picture), [
    'queue  waiting  longest  talking  answered  abandoned      SL    ASA',
    'sales        3   12.3 s       10        40          2  95.1 %  2.3 s',
    'r            0   12.3 s       10        40          2       -      -',
    'agents    idle 5  ringing 1  talking 10  wrapUp 2  off 0',
    'skill     classified 58 of 60',
    'callback  owed 7, absorbed 2, connected 3, open 1',
    'survey    asked 20, answered 16, satisfied 75.0 %',
    'match     p50 8.0 µs  p99 -',
  ])
})

t.test('the line for a pipe has the same content', async (t) => {
  t.equal(
    pictureLine({ ...picture, queues: [queue] }),
    '17.0 s | sales: waiting 3, longest 12.3 s, talking 10, answered 40, abandoned 2, SL 95.1 %, ASA 2.3 s | agents: idle 5, ringing 1, talking 10, wrapUp 2, off 0 | skill: classified 58 of 60 | callback: owed 7, absorbed 2, connected 3, open 1 | survey: asked 20, answered 16, satisfied 75.0 % | match: p50 8.0 µs  p99 -',
  )
})
