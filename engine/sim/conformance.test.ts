import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { repositoryFile } from '../rigs/repository-file.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { action, type Dialplan } from './dialplan.ts'
import { createNaming, digest, type Seen } from './frame-digest.ts'
import {
  connectMemoryClient,
  parseEvent,
  parseHeaders,
  type ReceivedFrame,
} from './memory-client.ts'
import type { Phone } from './phone.ts'
import { createRandom } from './random.ts'
import { createSimulatedSwitch } from './simulated-switch.ts'

/** One line of a recording: a raw frame, and the milliseconds since the client connected. */
interface RecordedFrame {
  readonly t: number
  readonly dir: '>' | '<'
  readonly data: string
}

const traces = repositoryFile('engine/rigs/traces')

/** What people did in a recording, where the frames do not show it. */
const people: Readonly<Record<string, { callsAtMs?: number; hangsUp?: true }>> = {
  'bridge-caller-hangs-up': { hangsUp: true },
  'caller-abandons-while-agent-rings': { hangsUp: true },
  'offer-by-bridge-answered-caller-hangs-up': { hangsUp: true },
  'offer-by-bridge-caller-abandons-while-ringing': { hangsUp: true },
  'caller-hangs-up-while-asked': { hangsUp: true },
  'caller-hangs-up-while-recorded': { hangsUp: true },
  // Its filters hide the caller's arrival.
  filters: { callsAtMs: 120 },
}

/** The dialplan of the recorded switch. */
function recordedDialplan(hasTenant: boolean): Dialplan {
  return (number) => {
    const lines = {
      '1': [
        ...(hasTenant ? ['set acd_tenant=default'] : []),
        `set acd_queue=${number}`,
        'answer',
        'park',
      ],
      '2': ['ring_ready', 'sleep 100', 'answer', 'park'],
      '3': ['ring_ready', 'sleep 60000'],
      '4': ['hangup USER_BUSY'],
      '5': ['ring_ready', 'sleep 500', 'hangup CALL_REJECTED'],
    }[number[0] ?? '']
    return lines?.map(action)
  }
}

function replay(name: string) {
  const frames = readFileSync(join(traces, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line): RecordedFrame => JSON.parse(line))
  const clock = new ManualClock(1_795_302_835_000)
  const answersAfter300Ms: Phone = (call) => {
    call.ring()
    clock.setTimer(300, () => call.answer())
    return { ended: () => undefined }
  }
  const sim = createSimulatedSwitch({
    clock,
    random: createRandom(1),
    hostname: 'vm',
    dialplan: recordedDialplan(frames.some(({ data }) => data.includes('acd_tenant'))),
    phones: (dialString) =>
      dialString.endsWith('@127.0.0.1:5070') ? answersAfter300Ms : undefined,
    fileMs: () => undefined,
    canRecord: (path) => !path.startsWith('/proc/'),
  })

  const naming = { recorded: createNaming(), simulated: createNaming() }
  const ours = new Set<string>()
  const expected: Seen[] = []
  const received: Seen[] = []
  const client = connectMemoryClient(sim, (frame) => {
    const seen = digest(frame, naming.simulated, ours)
    if (seen) received.push(seen)
  })

  const callers: [recorded: string, simulated: string][] = []
  const callIn = (): void => {
    const uuid = sim.placeCall({
      destination: '1000',
      callerNumber: '74950001',
      callerName: 'Caller 1',
    })
    const recorded = naming.recorded.uuidOf('inbound 1000 #1')
    callers.push([recorded ?? 'not seen yet', uuid])
  }
  /** Waits until as many frames have come as in the recording so far, then as long as the recording did. */
  let lastAt = 0
  const catchUp = (at: number): void => {
    for (let ms = 0; ms < 5_000 && !covers(received, expected); ms++) clock.advance(1)
    clock.advance(Math.max(at - lastAt, 0))
  }

  let isClosed = false
  const recordedFrames: ReceivedFrame[] = []
  const { callsAtMs, hangsUp } = people[name] ?? {}
  let hasCalled = false
  for (const frame of frames) {
    if (callsAtMs !== undefined && !hasCalled && frame.t > callsAtMs) {
      catchUp(callsAtMs)
      callIn()
      hasCalled = true
    }
    if (frame.dir === '>') {
      for (const [uuid] of frame.data.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)) ours.add(uuid)
      catchUp(frame.t)
      let command = frame.data
      for (const [recorded, simulated] of callers) command = command.replaceAll(recorded, simulated)
      // A channel whose UUID the switch chose has a different one here.
      for (const [recorded] of command.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)) {
        const [, role = ''] = /^<(.*)>$/.exec(naming.recorded.rename(recorded)) ?? []
        command = command.replaceAll(recorded, naming.simulated.uuidOf(role) ?? recorded)
      }
      client.send(command)
    } else if (frame.data === '(closed)') {
      isClosed = true
    } else {
      const recorded = readFrame(frame.data)
      recordedFrames.push(recorded)
      const event = parseEvent(recorded)
      const isArrival =
        event?.['Event-Name'] === 'CHANNEL_CREATE' &&
        /^1/.test(event['Caller-Destination-Number'] ?? '')
      const isFarewell =
        hangsUp &&
        event?.['Event-Name'] === 'CHANNEL_HANGUP' &&
        event['Unique-ID'] === callers[0]?.[0]
      if (isArrival || isFarewell) catchUp(frame.t)
      const seen = digest(recorded, naming.recorded, ours)
      if (isArrival) callIn()
      if (isFarewell) sim.hangUp(callers[0]?.[1] ?? '')
      if (seen) expected.push(seen)
    }
    lastAt = frame.t
  }
  clock.advance(2_000)
  return {
    /** Size of the simulated events relative to the recorded ones. */
    sizeRatio: client.frames.reduce(eventBytes, 0) / recordedFrames.reduce(eventBytes, 0),
    expected: { ...byStream(expected), isClosed, channelsLeft: 0 },
    received: {
      ...byStream(received),
      isClosed: client.isClosed,
      channelsLeft: sim.channels().length,
    },
  }
}

function readFrame(data: string): ReceivedFrame {
  const end = data.indexOf('\n\n')
  return { headers: parseHeaders(data.slice(0, end)), body: data.slice(end + 2) }
}

function eventBytes(sum: number, { headers, body }: ReceivedFrame): number {
  return headers['Content-Type']?.startsWith('text/event') ? sum + body.length : sum
}

function covers(received: readonly Seen[], expected: readonly Seen[]): boolean {
  if (received.length < expected.length) return false
  const missing = new Map<string, number>()
  for (const { stream, what } of expected) {
    const key = `${stream} ${what['name']}`
    missing.set(key, (missing.get(key) ?? 0) + 1)
  }
  for (const { stream, what } of received) {
    const key = `${stream} ${what['name']}`
    missing.set(key, (missing.get(key) ?? 0) - 1)
  }
  return [...missing.values()].every((count) => count <= 0)
}

function byStream(frames: readonly Seen[]): Record<string, unknown[]> {
  const streams: Record<string, unknown[]> = {}
  for (const { stream, what } of frames) {
    streams[stream] ??= []
    streams[stream].push(what)
  }
  return streams
}

for (const file of readdirSync(traces).filter((each) => each.endsWith('.jsonl'))) {
  const name = file.replace('.jsonl', '')
  t.test(`the simulated switch sends what the real one sent: ${name}`, async (t) => {
    const { expected, received, sizeRatio } = replay(name)
    t.strictSame(received, expected)
    if (Number.isFinite(sizeRatio)) t.ok(sizeRatio > 0.75 && sizeRatio < 1.25, `size ${sizeRatio}`)
  })
}
