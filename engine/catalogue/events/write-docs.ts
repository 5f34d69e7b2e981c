import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { encodeEvent } from '../envelope.ts'
import { eventStream } from '../subjects.ts'
import { eventExamples } from './event-examples.ts'
import { type EngineEvent, type EventType, eventSchemas } from './events.ts'

/** The path of the document in the project. */
export const eventsDocument = 'docs/events.md'

interface Field {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly description?: string
  readonly unit?: string
}

const preamble = `# Events

<!-- Made from engine/catalogue/events/events.ts by \`npm run docs\`. Change it there. -->

The engine publishes everything that happens as [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in structured JSON, on the subject \`switchyard.TENANT.event.TYPE\`. The JetStream stream \`${eventStream.name}\` keeps them all.

- **At least once, in order per call.** The \`id\` is also the \`Nats-Msg-Id\`: the stream drops a repeat within its duplicate window. After an outage longer than that window the last batch before it may come twice, so remember the \`id\` if a repeat would do harm.
- **Afterwards.** Events are published after the engine has acted, usually within milliseconds, later when the bus was away. The engine never waits for a subscriber.
- **New types and fields may come.** Ignore those you do not know.

## The envelope

| attribute | type | meaning |
|---|---|---|
| \`specversion\` | string | \`1.0\` |
| \`id\` | string | \`TENANT.KEY.SEQUENCE\`; a repeated event has the same \`id\` |
| \`source\` | string | the engine that sent it |
| \`type\` | string | one of the types below |
| \`subject\` | string | the id of the call; for \`agent.\` events the id of the agent |
| \`time\` | string | RFC 3339, UTC; equal to \`at\` in the data |
| \`datacontenttype\` | string | \`application/json\` |
| \`tenant\` | string | the tenant |
| \`sequence\` | string | digits: the position among the events of one call or agent, from 1; padded, so that it sorts as text |
| \`data\` | object | the fields below |

## The types
`

/** The content of docs/events.md: every type with its fields and an example. */
export function documentEvents(): string {
  const types = Object.keys(eventSchemas) as EventType[]
  const links = types.map((type) => `- [\`${type}\`](#${anchor(type)})`)
  return [preamble, ...links, '', ...types.map(documentType)].join('\n')
}

function documentType(type: EventType): string {
  const schema = z.toJSONSchema(eventSchemas[type]) as {
    readonly description?: string
    readonly properties: Readonly<Record<string, Field>>
    readonly required: readonly string[]
  }
  const rows = Object.entries(schema.properties).map(([name, field]) => {
    const optional = schema.required.includes(name) ? '' : ', optional'
    const cells = [`\`${name}\``, kind(field) + optional, field.unit ?? '', field.description ?? '']
    return `| ${cells.join(' | ')} |`
  })
  const event = { type, data: eventExamples[type] } as EngineEvent
  const origin = { source: '/switchyard/engine-1', tenant: 'acme', key: key(event), sequence: 3 }
  const envelope: unknown = JSON.parse(new TextDecoder().decode(encodeEvent(origin, event).data))
  return `### ${type}

${schema.description ?? ''}

| field | type | unit | meaning |
|---|---|---|---|
${rows.join('\n')}

\`\`\`json
${JSON.stringify(envelope, undefined, 2)}
\`\`\`
`
}

function key(event: EngineEvent): string {
  return event.type === 'agent.stateChanged' ? `${event.data.agent}.k3v9` : event.data.callId
}

function kind(field: Field): string {
  return field.enum?.map((value) => `\`${value}\``).join(', ') ?? field.type ?? 'any'
}

/** The anchor that GitHub makes from the heading. */
function anchor(type: EventType): string {
  return type.toLowerCase().replace('.', '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(dirname(eventsDocument), { recursive: true })
  await writeFile(eventsDocument, documentEvents())
}
