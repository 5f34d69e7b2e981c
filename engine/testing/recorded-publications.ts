import type { Bus } from '../bus/bus.ts'
import { decodeEnvelope } from '../catalogue/envelope.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { eventStream } from '../catalogue/subjects.ts'

/** One of a plugin's own events in the stream, which drops repeats. */
export interface RecordedPublication {
  readonly type: string
  /** The id that the plugin gave it. */
  readonly id: string
  readonly subject: string
  /** Its fields, without `tenant` and `at`. */
  readonly data: Readonly<Record<string, unknown>>
  readonly at: EpochMs
}

/** Records what a plugin publishes. Resolves to the list, which grows. */
export async function recordPublished(
  bus: Bus,
  tenant: string,
  plugin: string,
): Promise<readonly RecordedPublication[]> {
  const recorded: RecordedPublication[] = []
  const filter = `switchyard.${tenant}.event.${plugin}.>`
  await bus.consume({ stream: eventStream.name, durable: 'test', filter }, (message) => {
    const { type, id, subject, at, data } = decodeEnvelope(message.data)
    const { tenant: _tenant, at: _at, ...own } = data as Record<string, unknown>
    recorded.push({ type, id: id.slice(`${tenant}.${plugin}.`.length), subject, data: own, at })
    message.ack()
  })
  return recorded
}
