import type { Bus, StreamMessage } from '../bus/bus.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { deadLetterStream, pluginSubject } from '../catalogue/subjects.ts'
import { isSwitchyardError } from '../errors.ts'

/** Why an event was dead-lettered. */
export type DeadReason =
  /** The handler threw on every try, or threw an error that is not retryable. */
  | 'failed'
  /** The handler exceeded its time limit on the last try. */
  | 'timedOut'
  /** It was redelivered again and again without ever being settled: handling it crashed the process. */
  | 'crashed'
  /** The broker or the engine was unreachable for longer than the plugin's `patienceMs`. */
  | 'gaveUp'
  /** It is not an event of the engine, or does not match the schema of its type. */
  | 'malformed'

/** An event that a plugin could not handle, as stored in the stream. */
export interface DeadLetter {
  readonly plugin: string
  readonly tenant: string
  readonly reason: DeadReason
  /** Error code or class of what was thrown; never its message, which may quote a caller. */
  readonly fault: string
  readonly tries: number
  readonly deadAt: EpochMs
  /** The event's subject, and its position in the stream of events. */
  readonly subject: string
  readonly sequence: number
  /** The event as it was published, in base64. Publish it again to have it handled. */
  readonly event: string
}

/** Names what was thrown without repeating its message. */
export function faultName(error: unknown): string {
  if (isSwitchyardError(error)) {
    return error.code
  }
  return error instanceof Error ? error.name : typeof error
}

/**
 * Dead-letters an event. Repeats for the same event and plugin are dropped by the stream.
 *
 * @throws SwitchyardError SY_BUS_UNAVAILABLE, and whatever else {@link Bus.publish} throws
 */
export async function putAway(
  bus: Bus,
  message: StreamMessage,
  letter: Pick<DeadLetter, 'plugin' | 'tenant' | 'reason' | 'fault' | 'tries' | 'deadAt'>,
): Promise<void> {
  const { subject, sequence, data } = message
  const type = subject.split('.').slice(3).join('.')
  const full: DeadLetter = {
    ...letter,
    subject,
    sequence,
    event: Buffer.from(data).toString('base64'),
  }
  await bus.publish([
    {
      subject: pluginSubject(letter.tenant, letter.plugin, 'deadLetter', type),
      id: `${letter.plugin}.${letter.tenant}.${sequence}`,
      data: Buffer.from(JSON.stringify(full)),
    },
  ])
}

/** Makes sure that the stream of dead letters exists. @throws SwitchyardError SY_BUS_UNAVAILABLE */
export async function ensureDeadLetters(bus: Bus): Promise<void> {
  await bus.ensureStream({ ...deadLetterStream })
}
