import { parseEvent, type ReceivedFrame } from './memory-client.ts'

type Headers = Readonly<Partial<Record<string, string>>>

/** The part of a frame that is compared with the recording, and the stream it belongs to. */
export interface Seen {
  /** `reply`, `job`, or the channel by its role. */
  readonly stream: string
  readonly what: Readonly<Record<string, unknown>>
}

/** Headers compared by value. */
const plainHeaders = [
  'Answer-State',
  'Application',
  'Application-Response',
  'Application-UUID-Name',
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
  'variable_acd_customer',
  'variable_acd_digits',
  'variable_acd_origin',
  'variable_acd_queue',
  'variable_acd_require',
  'variable_acd_tenant',
  'variable_digits',
  'variable_hangup_cause',
  'variable_originate_disposition',
  'variable_playback_terminator_used',
  'variable_read_result',
  'variable_score',
]

/** Headers whose value is the UUID of a channel. */
const channelHeaders = [
  'Other-Leg-Unique-ID',
  'Bridge-A-Unique-ID',
  'Bridge-B-Unique-ID',
  'variable_bridge_to',
  'variable_bridge_uuid',
  'variable_last_bridge_to',
  'variable_origination_uuid',
  'variable_signal_bond',
]

/** Names the channels of one side by direction, number and order, since UUIDs differ between the sides. */
export function createNaming() {
  const roles = new Map<string, string>()
  const counts = new Map<string, number>()
  const learn = (event: Headers): string => {
    const uuid = event['Unique-ID'] ?? ''
    let role = roles.get(uuid)
    if (role === undefined) {
      const kind = `${event['Call-Direction']} ${event['Caller-Destination-Number'] ?? 'aborted'}`
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

/** Extracts what must agree from a frame. Undefined for heartbeats, which are not compared. */
export function digest(
  frame: ReceivedFrame,
  naming: Naming,
  ours: ReadonlySet<string>,
): Seen | undefined {
  const event = parseEvent(frame)
  if (event === undefined) return { stream: 'reply', what: { reply: digestReply(frame, naming) } }
  const name = event['Event-Name']
  if (name === 'HEARTBEAT') return undefined
  const what: Record<string, unknown> = { name }
  const stream = event['Unique-ID'] === undefined ? 'job' : naming.learn(event)
  for (const header of plainHeaders) {
    if (event[header] !== undefined) what[header] = naming.rename(event[header])
  }
  // This distinguishes a prompt that ended from one that the caller was transferred away from.
  if (event['Application-UUID-Name'] !== undefined && name === 'CHANNEL_EXECUTE_COMPLETE') {
    what['Channel-State-Number'] = event['Channel-State-Number']
  }
  if (name === 'CHANNEL_PARK') what['callerNumber'] = event['Caller-Caller-ID-Number']
  if (stream === 'inbound 1000 #1') what['callerName'] = event['Caller-Caller-ID-Name']
  for (const header of channelHeaders) {
    if (event[header] !== undefined) what[header] = naming.rename(event[header])
  }
  // UUIDs that the commands chose must agree. Those that the switch chose differ.
  const uuid = event['Application-UUID']
  if (uuid !== undefined) what['Application-UUID'] = ours.has(uuid) ? uuid : 'chosen by the switch'
  if (event['_body'] !== undefined) what['body'] = naming.rename(event['_body'])
  return { stream, what }
}

function digestReply({ headers, body }: ReceivedFrame, naming: Naming): unknown {
  // Times, counts and lengths differ. Everything else must agree.
  if (body.startsWith('UP ')) return body.replace(/[\d.]+/g, 'N').replace(/^UP .*\n/, '')
  if (body.startsWith('{')) return digestJson(JSON.parse(body), naming)
  if (body.startsWith('Event-Name: ')) {
    const event = parseEvent({ headers: { 'Content-Type': 'text/event-plain' }, body })
    return digestDump(event ?? {}, naming)
  }
  const { 'Content-Length': _, ...rest } = headers
  return { ...rest, body: naming.rename(body) }
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
      channelHeaders.includes(name) ||
      /^variable_(acd_|hangup_after|continue|park_after|current_application$)/.test(name),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, naming.rename(String(value))]))
}
