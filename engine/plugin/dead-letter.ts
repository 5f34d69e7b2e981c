import type { Bus, StreamMessage } from '../bus/bus.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { deadLetterStream, pluginSubject } from '../catalogue/subjects.ts'
import { isSwitchyardError } from '../errors.ts'

/** Why an event went to the dead letters. */
export type DeadReason =
  /** The handler threw on every try, or said that trying again is of no use. */
  | 'failed'
  /** The handler used up its time on every try. */
  | 'timedOut'
  /** It came again and again without ever being answered: handling it ended the process. */
  | 'crashed'
  /** The broker or the engine was away for longer than the plugin's patience. */
  | 'gaveUp'
  /** It is no event of the engine, or not of the shape its type has. */
  | 'malformed'

/** An event that a plugin could not handle, as the stream keeps it. */
export interface DeadLetter {
  readonly plugin: string
  readonly tenant: string
  readonly reason: DeadReason
  /** Class and code of what was thrown; never its message, which may quote a caller. */
  readonly fault: string
  readonly tries: number
  readonly deadAt: EpochMs
  /** Its subject, and its position in the stream of events. */
  readonly subject: string
  readonly sequence: number
  /** The event as it was published, in base64: publish it again to have it handled. */
  readonly event: string
}

/** Names what was thrown without repeating what it says. */
export function faultName(error: unknown): string {
  if (isSwitchyardError(error)) {
    return error.code
  }
  return error instanceof Error ? error.name : typeof error
}

/**
 * Puts an event away. One letter for each event and plugin, whatever is repeated.
 *
 * @throws SwitchyardError SY_BUS_UNAVAILABLE and what {@link Bus.publish} throws else
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

/** Makes sure that dead letters are kept. @throws SwitchyardError SY_BUS_UNAVAILABLE */
export async function ensureDeadLetters(bus: Bus): Promise<void> {
  await bus.ensureStream({ ...deadLetterStream })
}
