import { EventEmitter } from 'node:events'
import esl from 'modesl'
import type { SwitchId } from '../engine/catalogue/ids.ts'
import { decodeEvent } from '../engine/esl/decode-event.ts'
import { EventView } from '../engine/esl/event-view.ts'
import { FrameReader } from '../engine/esl/frame-reader.ts'
import { subscribedEvents, subscriptionFilters } from '../engine/esl/subscription.ts'
import { plainFrame, type RecordedEvent, recordedEvents } from '../engine/rigs/recorded.ts'

const traces = [
  'filters',
  'hold-and-unhold',
  'missing-file-and-unicode',
  'offer-by-bridge-agent-hangs-up-first',
  'offer-by-bridge-busy-rejected-unreachable',
  'offer-by-bridge-caller-abandons-while-ringing',
  'offer-by-bridge-ring-all-one-wins',
  'resync-after-reconnect',
]
const chunkBytes = 65_536
const rounds = 7
const minRatio = 10
const switchId = 'bench' as SwitchId

/** Bytes in chunks, as a socket reads them. */
interface Load {
  readonly chunks: readonly Buffer[]
}

/** Compares the events per CPU second of the engine's reader and of modesl's parser. @returns 1 if a target was missed */
export function run(): number {
  const all = traces.flatMap(recordedEvents)
  const wanted = all.filter(isSubscribed)
  const isEnough = [
    compare('subscribed events, each decoded', wanted, decodeAll),
    compare('all recorded events, six headers of each', all, readSix),
  ].every((ratio) => ratio >= minRatio)
  process.stdout.write(isEnough ? '' : `MISSED a ratio of ${minRatio}\n`)
  return isEnough ? 0 : 1
}

function compare(
  title: string,
  events: readonly RecordedEvent[],
  ours: (load: Load) => number,
): number {
  const load = cut(events)
  const oursRates: number[] = []
  const shippedRates: number[] = []
  ours(load)
  shipped(load)
  for (let round = 0; round < rounds; round++) {
    oursRates.push(rate(() => ours(load)))
    shippedRates.push(rate(() => shipped(load)))
  }
  const ratio = median(oursRates) / median(shippedRates)
  process.stdout.write(
    `${title}: engine ${format(median(oursRates))}, modesl ${format(median(shippedRates))} events per CPU second, ratio ${ratio.toFixed(1)}\n`,
  )
  return ratio
}

function decodeAll(load: Load): number {
  return readOurs(load, (view) => {
    decodeEvent(view.get('Event-Name') ?? '', view, switchId, () => {})
  })
}

const six = [
  'Event-Name',
  'Event-Date-Timestamp',
  'Unique-ID',
  'Other-Leg-Unique-ID',
  'variable_acd_tenant',
  'variable_acd_queue',
]

function readSix(load: Load): number {
  return readOurs(load, (view) => {
    for (const name of six) {
      view.get(name)
    }
  })
}

function readOurs(load: Load, use: (view: EventView) => void): number {
  let seen = 0
  const reader = new FrameReader({
    frame(frame) {
      seen++
      use(new EventView(frame.body))
    },
    odd() {},
    broken() {},
    threw(error) {
      throw error
    },
  })
  for (const chunk of load.chunks) {
    reader.push(chunk)
  }
  return seen
}

function shipped(load: Load): number {
  let seen = 0
  const socket = new EventEmitter()
  new esl.Parser(socket).on('esl::event', (event) => {
    seen++
    for (const name of six) {
      event.getHeader(name)
    }
  })
  for (const chunk of load.chunks) {
    socket.emit('data', chunk)
  }
  return seen
}

/** Events per second of CPU time. Repeats the work until it has taken half a second of CPU. */
function rate(work: () => number): number {
  let events = 0
  const start = process.cpuUsage()
  for (;;) {
    events += work()
    const { user, system } = process.cpuUsage(start)
    if (user + system >= 500_000) {
      return (events * 1_000_000) / (user + system)
    }
  }
}

function cut(events: readonly RecordedEvent[]): Load {
  const bytes = Buffer.concat(events.map(plainFrame))
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    chunks.push(bytes.subarray(at, at + chunkBytes))
  }
  return { chunks }
}

function isSubscribed(event: RecordedEvent): boolean {
  return (
    subscribedEvents.includes(String(event['Event-Name'])) &&
    subscriptionFilters.some(([header, value]) => event[header] === value)
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

function format(rateValue: number): string {
  return Math.round(rateValue).toLocaleString('en')
}
