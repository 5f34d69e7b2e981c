import { decodeEnvelope, type Envelope } from '../catalogue/envelope.ts'
import { isSwitchyardError, SwitchyardError } from '../errors.ts'

/** An event of a file, and where it stands. */
export interface EventLine {
  /** From 1. */
  readonly line: number
  readonly event: Envelope
}

/**
 * Reads events from the lines of a file, as `switchyard events` writes them.
 * Empty lines and repeats of an event are passed over.
 *
 * @throws SwitchyardError SY_BUS_INVALID naming the line and the cure, never what stands there
 */
export async function* readEventLines(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<EventLine> {
  const seen = new Set<string>()
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') {
      continue
    }
    const event = decodeLine(text, line)
    if (!seen.has(event.id)) {
      seen.add(event.id)
      yield { line, event }
    }
  }
}

/** A fault of one line, with what to do about it. */
export function lineFault(line: number, what: string): SwitchyardError {
  const cure = 'leave the line out, or write the file anew with `switchyard events`'
  return new SwitchyardError('SY_BUS_INVALID', `line ${line}: ${what}; ${cure}`)
}

function decodeLine(text: string, line: number): Envelope {
  try {
    return decodeEnvelope(Buffer.from(text))
  } catch (error) {
    throw isSwitchyardError(error) ? lineFault(line, error.message) : error
  }
}
