import { decodeEnvelope, type Envelope } from '../catalogue/envelope.ts'
import { isSwitchyardError, SwitchyardError } from '../errors.ts'

/** An event of a file. */
export interface EventLine {
  /** The number of its line, from 1. */
  readonly line: number
  readonly event: Envelope
}

/**
 * Reads events from the lines of a file that `switchyard events` wrote. Empty lines and
 * repeated events are skipped.
 *
 * @throws SwitchyardError SY_BUS_INVALID with the line's number and what to do, never its content
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

/** Creates the error for an invalid line, with what to do about it. */
export function lineFault(line: number, what: string): SwitchyardError {
  const cure = 'remove the line, or write the file again with `switchyard events`'
  return new SwitchyardError('SY_BUS_INVALID', `line ${line}: ${what}; ${cure}`)
}

function decodeLine(text: string, line: number): Envelope {
  try {
    return decodeEnvelope(Buffer.from(text))
  } catch (error) {
    throw isSwitchyardError(error) ? lineFault(line, error.message) : error
  }
}
