import type { EncodedEvent } from '../catalogue/envelope.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import type { Disk } from './disk.ts'

/** An event with the time it was handed over. */
export interface HeldEvent extends EncodedEvent {
  readonly at: EpochMs
}

/** Lines read from a file. */
export interface ReadLines {
  readonly found: readonly HeldEvent[]
  /** How many lines are not events. */
  readonly damaged: number
  /** Where the next read begins. */
  readonly offset: number
}

const newline = 0x0a
const tab = 0x09
/** The size of a read; it grows for a longer line. */
const chunkBytes = 2 ** 18

/** Writes events as lines: subject, id, time and envelope, separated by tabs. */
export function encodeLines(events: readonly HeldEvent[]): Uint8Array {
  return Buffer.concat(
    events.flatMap(({ subject, id, at, data }) => [
      Buffer.from(`${subject}\t${id}\t${at}\t`),
      data,
      Buffer.of(newline),
    ]),
  )
}

/**
 * Reads up to `limit` events from `offset` of a file of `bytes`. Returns none only when the file
 * has no complete line left. Throws what the disk throws.
 */
export async function readLines(
  disk: Disk,
  {
    name,
    bytes,
    offset: start,
  }: { readonly name: string; readonly bytes: number; readonly offset: number },
  limit: number,
): Promise<ReadLines> {
  const found: HeldEvent[] = []
  let damaged = 0
  let offset = start
  for (let length = chunkBytes; found.length === 0 && offset < bytes; ) {
    const rest = Math.min(length, bytes - offset)
    const chunk = await disk.read(name, offset, rest)
    const lines = takeLines(chunk, limit, found)
    offset += lines.taken
    damaged += lines.damaged
    if (lines.taken === 0) {
      if (chunk.length < length) {
        break
      }
      length *= 2
    }
  }
  return { found, damaged, offset }
}

/** Counts the lines of a file that an earlier process left. Throws what the disk throws. */
export async function surveyFile(disk: Disk, name: string) {
  const size = await disk.size(name)
  let lines = 0
  let firstAt: EpochMs | undefined
  for (let offset = 0; offset < size; offset += chunkBytes) {
    const chunk = await disk.read(name, offset, chunkBytes)
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) {
      if (lines === 0) {
        firstAt = decodeLine(chunk.subarray(0, at))?.at
      }
      lines += 1
    }
  }
  return { size, lines, firstAt: firstAt ?? 0 }
}

/** Takes complete lines from the start of `chunk`; returns how many bytes they and damaged ones took. */
function takeLines(chunk: Uint8Array, limit: number, into: HeldEvent[]) {
  let from = 0
  let damaged = 0
  while (into.length < limit) {
    const end = chunk.indexOf(newline, from)
    if (end < 0) {
      break
    }
    const event = decodeLine(chunk.subarray(from, end))
    if (event === undefined) {
      damaged += 1
    } else {
      into.push(event)
    }
    from = end + 1
  }
  return { taken: from, damaged }
}

function decodeLine(line: Uint8Array): HeldEvent | undefined {
  const afterSubject = line.indexOf(tab)
  const afterId = line.indexOf(tab, afterSubject + 1)
  const afterAt = line.indexOf(tab, afterId + 1)
  if (afterSubject <= 0 || afterId <= afterSubject + 1 || afterAt <= afterId + 1) {
    return undefined
  }
  const head = Buffer.from(line.buffer, line.byteOffset, afterAt).toString()
  const [subject = '', id = '', at = ''] = head.split('\t')
  const data = line.subarray(afterAt + 1)
  // JSON has no raw line feed: a line that ends in a brace was not cut off.
  const isWhole = data[0] === 0x7b && data.at(-1) === 0x7d && /^\d+$/.test(at)
  return isWhole ? { subject, id, at: Number(at), data } : undefined
}
