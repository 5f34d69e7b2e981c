import type { SimulatedSwitch } from './simulated-switch.ts'

/** One frame from the switch, as text. */
export interface ReceivedFrame {
  readonly headers: Readonly<Partial<Record<string, string>>>
  readonly body: string
}

/** An ESL client in the same process, for tests. It needs no socket and never waits. */
export interface MemoryClient {
  /** Sends text as it is. The caller adds the blank line that ends a command. */
  send(text: string): void
  /** Sends a command and returns the frames that arrive at once. */
  ask(command: string): readonly ReceivedFrame[]
  /** All frames so far. */
  readonly frames: readonly ReceivedFrame[]
  /** The headers of all events so far, decoded, whatever the format. */
  events(): readonly Readonly<Partial<Record<string, string>>>[]
  readonly isClosed: boolean
}

/** Connects to `sim` and keeps all frames it sends. */
export function connectMemoryClient(
  sim: Pick<SimulatedSwitch, 'connect'>,
  onFrame?: (frame: ReceivedFrame) => void,
): MemoryClient {
  const frames: ReceivedFrame[] = []
  let incoming = ''
  let isClosed = false

  function takeFrame(): ReceivedFrame | undefined {
    const end = incoming.indexOf('\n\n')
    if (end < 0) return undefined
    const headers = parseHeaders(incoming.slice(0, end))
    const bodyAt = end + 2
    const after = bodyAt + Number(headers['Content-Length'] ?? 0)
    if (incoming.length < after) return undefined
    const body = incoming.slice(bodyAt, after)
    incoming = incoming.slice(after)
    return { headers, body: Buffer.from(body, 'latin1').toString() }
  }

  const connection = sim.connect({
    write(bytes, written) {
      incoming += Buffer.from(bytes).toString('latin1')
      written()
      for (let frame = takeFrame(); frame; frame = takeFrame()) {
        frames.push(frame)
        onFrame?.(frame)
      }
    },
    end() {
      isClosed = true
    },
  })
  const send = (text: string): void => connection.receive(Buffer.from(text).toString('latin1'))

  return {
    send,
    ask(command) {
      const from = frames.length
      send(`${command}\n\n`)
      return frames.slice(from)
    },
    frames,
    events: () => frames.map(parseEvent).filter((event) => event !== undefined),
    get isClosed() {
      return isClosed
    },
  }
}

/** Decodes the headers of an event frame. Undefined when the frame is not an event. */
export function parseEvent(frame: ReceivedFrame): Partial<Record<string, string>> | undefined {
  const type = frame.headers['Content-Type']
  if (type === 'text/event-json') return JSON.parse(frame.body)
  if (type !== 'text/event-plain') return undefined
  const end = frame.body.indexOf('\n\n')
  const event = parseHeaders(frame.body.slice(0, end), decode)
  return event['Content-Length'] === undefined
    ? event
    : { ...event, _body: frame.body.slice(end + 2) }
}

function decode(value: string): string {
  const bytes = value.replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}

/** Parses header lines into a record. `read` decodes the values. */
export function parseHeaders(
  text: string,
  read: (value: string) => string = (value) => value,
): Partial<Record<string, string>> {
  const pairs = text.split('\n').map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), read(line.slice(colon + 1).trimStart())]
  })
  return Object.fromEntries(pairs)
}
