import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ManualClock } from '../testing/manual-clock.ts'
import { action, createDialplan, type Dialplan } from './dialplan.ts'
import type { Phone } from './phone.ts'
import { createRandom } from './random.ts'
import { createSimulatedSwitch } from './simulated-switch.ts'

/** One line of a recording: a raw frame, and the milliseconds since the client connected. */
interface RecordedFrame {
  readonly t: number
  readonly dir: '>' | '<'
  readonly data: string
}

/** A frame as it is compared: where it belongs, and what of it must agree. */
interface Seen {
  /** `reply`, `job`, or the channel by its role. */
  readonly stream: string
  readonly what: Readonly<Record<string, unknown>>
}

type Headers = Readonly<Partial<Record<string, string>>>

const traces = join(process.cwd(), 'engine/testing/traces')

/** What the people of a recording did, where the frames do not say it. */
const people: Readonly<Record<string, { callsAtMs?: number; hangsUp?: true }>> = {
  'bridge-caller-hangs-up': { hangsUp: true },
  'caller-abandons-while-agent-rings': { hangsUp: true },
  'offer-by-bridge-answered-caller-hangs-up': { hangsUp: true },
  'offer-by-bridge-caller-abandons-while-ringing': { hangsUp: true },
  // Its filters hide the caller's arrival.
  filters: { callsAtMs: 120 },
}

/** Headers that are compared as they are. */
const plainHeaders = [
  'Answer-State',
  'Application',
  'Application-Response',
  'Caller-Destination-Number',
  'Channel-Call-State',
  'Channel-State',
  'DTMF-Digit',
  'Hangup-Cause',
  'Job-Command',
  'Job-UUID',
  'Other-Type',
  'Playback-Status',
  'variable_acd_call',
  'variable_acd_queue',
  'variable_acd_tenant',
  'variable_digits',
  'variable_hangup_cause',
  'variable_originate_disposition',
  'variable_score',
]

/** Names the channels of one side by direction, number and order: UUIDs differ between the sides. */
function createNaming() {
  const roles = new Map<string, string>()
  const counts = new Map<string, number>()
  const learn = (event: Headers): string => {
    const uuid = event['Unique-ID'] ?? ''
    let role = roles.get(uuid)
    if (role === undefined) {
      const kind = `${event['Call-Direction']} ${event['Caller-Destination-Number'] ?? 'stillborn'}`
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      role = `${kind} #${count}`
      roles.set(uuid, role)
    }
    return role
  }
  const rename = (text: string): string => {
    let renamed = text
    for (const [uuid, role] of roles) renamed = renamed.replaceAll(uuid, `<${role}>`)
    return renamed
  }
  return { learn, rename, uuidOf: (role: string) => [...roles].find(([, r]) => r === role)?.[0] }
}

type Naming = ReturnType<typeof createNaming>

function parseEvent(frame: string): Headers | undefined {
  const [head = '', ...rest] = frame.split('\n\n')
  if (head.includes('text/event-json')) return JSON.parse(rest.join('\n\n'))
  if (!head.includes('text/event-plain')) return undefined
  const pairs = (rest[0] ?? '').split('\n').map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), decodeURIComponent(line.slice(colon + 2))]
  })
  return Object.fromEntries(pairs)
}

/** What of a frame must agree; undefined for what is of no account (heartbeats, the greeting). */
function digest(frame: string, naming: Naming, ours: ReadonlySet<string>): Seen | undefined {
  const event = parseEvent(frame)
  if (event === undefined) return { stream: 'reply', what: { reply: digestReply(frame, naming) } }
  const name = event['Event-Name']
  if (name === 'HEARTBEAT') return undefined
  const what: Record<string, unknown> = { name }
  const stream = event['Unique-ID'] === undefined ? 'job' : naming.learn(event)
  for (const header of plainHeaders) {
    if (event[header] !== undefined) what[header] = naming.rename(event[header])
  }
  if (stream === 'inbound 1000 #1') what['callerName'] = event['Caller-Caller-ID-Name']
  for (const header of ['Other-Leg-Unique-ID', 'Bridge-A-Unique-ID', 'Bridge-B-Unique-ID']) {
    if (event[header] !== undefined) what[header] = naming.rename(event[header])
  }
  // The application's data holds the UUIDs that we chose; one that the switch chose differs.
  const uuid = event['Application-UUID']
  if (uuid !== undefined) what['Application-UUID'] = ours.has(uuid) ? uuid : 'chosen by the switch'
  if (event['_body'] !== undefined) what['body'] = naming.rename(event['_body'])
  return { stream, what }
}

function digestReply(frame: string, naming: Naming): unknown {
  const [head = '', ...rest] = frame.split('\n\n')
  const body = rest.join('\n\n')
  if (/^UP /.test(body))
    return body.replace(/[\d.]+/g, 'N').replace(/ N (years|days|hours|minutes).*\n/, '\n')
  if (body.startsWith('{')) return digestJson(JSON.parse(body), naming)
  if (body.startsWith('Event-Name: CHANNEL_DATA'))
    return digestDump(parseEvent(`text/event-plain\n\n${body}`) ?? {}, naming)
  const names = head.replace(/Content-Length: \d+/, (length) =>
    body.includes('received') || /^\+OK [\w-]{36}/.test(body) ? '' : length,
  )
  return naming.rename(`${names}\n\n${body}`)
}

function digestJson(data: Record<string, unknown>, naming: Naming): unknown {
  if (data['Event-Name'] !== undefined) return digestDump(data as Headers, naming)
  const rows = (data['rows'] ?? []) as Headers[]
  return {
    count: data['row_count'],
    rows: rows
      .map((row) => ({
        columns: Object.keys(row),
        uuid: naming.rename(row['uuid'] ?? ''),
        other: naming.rename(row['b_uuid'] ?? ''),
        direction: row['direction'],
        dest: row['dest'],
        state: row['state'],
        callstate: row['callstate'],
        application: row['application'],
      }))
      .sort((a, b) => (a.uuid < b.uuid ? -1 : 1)),
  }
}

function digestDump(event: Headers, naming: Naming): unknown {
  const kept = Object.entries(event).filter(
    ([name]) =>
      plainHeaders.includes(name) ||
      /^variable_(acd_|hangup_after|continue|park_after|current_application$)/.test(name),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, naming.rename(String(value))]))
}

/** Dialplan and phones of the switch that was recorded (lab/freeswitch, lab/sip). */
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
  })

  const naming = { recorded: createNaming(), simulated: createNaming() }
  const ours = new Set<string>()
  const expected: Seen[] = []
  const received: Seen[] = []
  let incoming = ''
  const client = sim.connect({
    write(bytes, written) {
      incoming += Buffer.from(bytes).toString('latin1')
      written()
      for (let frame = takeFrame(); frame !== undefined; frame = takeFrame()) {
        const seen = digest(frame, naming.simulated, ours)
        if (seen) received.push(seen)
      }
    },
    end() {
      received.push({ stream: 'reply', what: { reply: 'closed' } })
    },
  })
  function takeFrame(): string | undefined {
    const end = incoming.indexOf('\n\n')
    if (end < 0) return undefined
    const length = Number(/Content-Length: (\d+)/.exec(incoming.slice(0, end))?.[1] ?? 0)
    if (incoming.length < end + 2 + length) return undefined
    const frame = incoming.slice(0, end + 2 + length)
    incoming = incoming.slice(end + 2 + length)
    return Buffer.from(frame, 'latin1').toString()
  }

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
  /** Waits until as much has come as the recording has up to here, then as long as it waited. */
  let lastAt = 0
  const catchUp = (at: number): void => {
    for (let ms = 0; ms < 5_000 && !covers(received, expected); ms++) clock.advance(1)
    clock.advance(Math.max(at - lastAt, 0))
  }

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
      client.receive(Buffer.from(command).toString('latin1'))
    } else if (frame.data === '(closed)') {
      expected.push({ stream: 'reply', what: { reply: 'closed' } })
    } else {
      const event = parseEvent(frame.data)
      const isArrival =
        event?.['Event-Name'] === 'CHANNEL_CREATE' &&
        /^1/.test(event['Caller-Destination-Number'] ?? '')
      const isFarewell =
        hangsUp &&
        event?.['Event-Name'] === 'CHANNEL_HANGUP' &&
        event['Unique-ID'] === callers[0]?.[0]
      if (isArrival || isFarewell) catchUp(frame.t)
      const seen = digest(frame.data, naming.recorded, ours)
      if (isArrival) callIn()
      if (isFarewell) sim.hangUp(callers[0]?.[1] ?? '')
      if (seen) expected.push(seen)
    }
    lastAt = frame.t
  }
  clock.advance(2_000)
  sim.stop()
  return { expected: byStream(expected), received: byStream(received), left: sim.channels() }
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
  t.test(`the simulated switch says what the real one said: ${name}`, async (t) => {
    const { expected, received, left } = replay(name)
    t.strictSame(received, expected)
    t.strictSame(left, [])
  })
}

t.test('a number that the dialplan does not know is refused', async (t) => {
  const clock = new ManualClock()
  const ended: string[] = []
  const sim = createSimulatedSwitch({
    clock,
    random: createRandom(1),
    dialplan: createDialplan({}),
  })
  sim.placeCall({
    destination: '42',
    callerNumber: '1',
    callerName: 'x',
    line: { ended: (cause) => ended.push(cause) },
  })
  t.strictSame([ended, sim.channels()], [['NO_ROUTE_DESTINATION'], []])
})
