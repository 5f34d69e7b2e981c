import { readFileSync } from 'node:fs'
import { repositoryFile } from './repository-file.ts'

/** One frame of a recording of a real FreeSWITCH. */
export interface RecordedFrame {
  /** Milliseconds since the connection. */
  readonly t: number
  /** `>` to the switch, `<` from it. */
  readonly dir: '>' | '<'
  /** The raw frame. */
  readonly data: string
}

/** An event of a recording, by header. A repeated variable is an array. */
export type RecordedEvent = Readonly<Record<string, string | readonly string[]>>

/** Reads a recording of engine/rigs/traces by name. */
export function readTrace(name: string): readonly RecordedFrame[] {
  return readFileSync(repositoryFile(`engine/rigs/traces/${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedFrame)
    .filter(({ data }) => data !== '(closed)')
}

/** The events of a recording made with `event json`. */
export function recordedEvents(name: string): readonly RecordedEvent[] {
  return readTrace(name)
    .filter(({ dir, data }) => dir === '<' && data.includes('Content-Type: text/event-json'))
    .map(({ data }) => JSON.parse(data.slice(data.indexOf('\n\n') + 2)) as RecordedEvent)
}

/** The same event as `event plain` would have sent it (switch_event.c, switch_event_serialize). */
export function plainFrame(event: RecordedEvent): Buffer {
  let text = ''
  for (const [name, value] of Object.entries(event)) {
    if (name !== '_body' && name !== 'Content-Length') {
      text += `${name}: ${urlEncode(typeof value === 'string' ? value : `ARRAY::${value.join('|:')}`)}\n`
    }
  }
  const body = event['_body']
  text += typeof body === 'string' ? `Content-Length: ${Buffer.byteLength(body)}\n\n${body}` : '\n'
  return Buffer.from(
    `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-plain\n\n${text}`,
  )
}

/** Encodes like switch_url_encode: bytes outside printable ASCII, and SWITCH_URL_UNSAFE. */
function urlEncode(value: string): string {
  if (value === '') {
    return '_undef_'
  }
  return [...Buffer.from(value)]
    .map((byte) =>
      byte < 0x21 || byte > 0x7e || '#%&+:;<=>?@[\\]^`{|}"'.includes(String.fromCharCode(byte))
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('')
}
