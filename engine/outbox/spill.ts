import type { EpochMs } from '../catalogue/ids.ts'
import type { Disk } from './disk.ts'
import { encodeLines, type HeldEvent, readLines, surveyFile } from './spill-file.ts'

/** Which events to drop when there is no room for more. */
export type WhenFull = 'dropOldest' | 'dropNewest'

export interface SpillOptions {
  /** Most bytes of all files together. */
  readonly maxBytes: number
  readonly whenFull: WhenFull
}

/** A queue of events on disk, oldest first, that survives the process. Only one operation may run at a time. */
export interface Spill {
  /** Finds the files of an earlier process. Throws what the disk throws; then call it again. */
  open(): Promise<void>
  /**
   * Appends events, in order. False when there is no room and `whenFull` is
   * `dropNewest`: then none was written. Throws what the disk throws: then some may have been.
   */
  write(events: readonly HeldEvent[]): Promise<boolean>
  /** The oldest events, up to `limit`; they stay until {@link confirm}. */
  peek(limit: number): Promise<readonly HeldEvent[]>
  /** Removes the events that the last {@link peek} returned. */
  confirm(): Promise<void>
  /** Leaves the oldest file in place, unread; returns how many events are in it. */
  abandonOldest(): number
  readonly events: number
  readonly bytes: number
  /** Events dropped to keep within the limit, or left behind. */
  readonly dropped: number
  /** Lines that are damaged or were cut off when a process ended; a file that cannot be read counts as one. */
  readonly torn: number
  /** The approximate time at which the oldest event was handed over. */
  readonly oldestAt: EpochMs | undefined
}

interface Segment {
  readonly name: string
  bytes: number
  events: number
  /** Everything before this offset has been confirmed. */
  offset: number
  oldestAt: EpochMs
}

const namePattern = /^events-(\d{12})\.spill$/

/**
 * Creates a spill in `disk`: files of one event a line, each file written once from
 * start to end and removed when all of it is confirmed. A file that an earlier process wrote is
 * never appended to, so a line that was cut off remains the last of its file.
 */
export function createSpill(disk: Disk, { maxBytes, whenFull }: SpillOptions): Spill {
  const segmentBytes = Math.max(Math.min(Math.floor(maxBytes / 8), 2 ** 23), 1)
  let segments: Segment[] = []
  let writing: Segment | undefined
  let nextNumber = 1
  let dropped = 0
  let torn = 0
  let peeked:
    | { segment: Segment; offset: number; events: number; damaged: number; lastAt: EpochMs }
    | undefined

  const bytes = () => segments.reduce((sum, segment) => sum + segment.bytes, 0)

  async function remove(segment: Segment): Promise<void> {
    segments = segments.filter((other) => other !== segment)
    if (writing === segment) {
      writing = undefined
    }
    await disk.remove(segment.name)
  }

  async function makeRoom(needed: number): Promise<boolean> {
    while (bytes() + needed > maxBytes) {
      const [oldest] = segments
      if (whenFull === 'dropNewest' || oldest === undefined) {
        return false
      }
      dropped += oldest.events
      await remove(oldest)
    }
    return true
  }

  function startSegment(oldestAt: EpochMs): Segment {
    const name = `events-${nextNumber.toString().padStart(12, '0')}.spill`
    nextNumber += 1
    const segment = { name, bytes: 0, events: 0, offset: 0, oldestAt }
    segments.push(segment)
    return segment
  }

  return {
    async open() {
      const names = (await disk.list()).filter((name) => namePattern.test(name)).toSorted(byName)
      const found: Segment[] = []
      let cutOff = 0
      for (const name of names) {
        const surveyed = await surveyFile(disk, name).catch(() => undefined)
        if (surveyed === undefined) {
          // The file stays: the next process may be able to read it.
          cutOff += 1
          continue
        }
        const { size, lines, firstAt } = surveyed
        if (lines > 0) {
          found.push({ name, bytes: size, events: lines, offset: 0, oldestAt: firstAt })
        } else {
          cutOff += size > 0 ? 1 : 0
          await disk.remove(name)
        }
      }
      torn += cutOff
      segments = [...found, ...segments]
      nextNumber = Math.max(nextNumber, Number(namePattern.exec(names.at(-1) ?? '')?.[1] ?? 0) + 1)
    },

    async write(events) {
      const [first] = events
      if (first === undefined) {
        return true
      }
      const data = encodeLines(events)
      if (!(await makeRoom(data.length))) {
        return false
      }
      const segment =
        writing === undefined || writing.bytes >= segmentBytes ? startSegment(first.at) : writing
      // If this fails, the file may end in half a line, so the next write starts another file.
      writing = undefined
      try {
        await disk.append(segment.name, data)
      } catch (error) {
        if (segment.bytes === 0) {
          await remove(segment).catch(() => {})
        }
        throw error
      }
      segment.bytes += data.length
      segment.events += events.length
      writing = segment
      return true
    },

    async peek(limit) {
      for (;;) {
        const [segment] = segments
        if (segment === undefined) {
          return []
        }
        const { found, damaged, offset } = await readLines(disk, segment, limit)
        const last = found.at(-1)
        if (last !== undefined) {
          peeked = { segment, offset, events: found.length, damaged, lastAt: last.at }
          return found
        }
        torn += damaged + (offset < segment.bytes ? 1 : 0)
        await remove(segment)
      }
    },

    async confirm() {
      if (peeked !== undefined) {
        const { segment, offset, events, damaged, lastAt } = peeked
        peeked = undefined
        torn += damaged
        segment.offset = offset
        segment.events -= events + damaged
        segment.oldestAt = lastAt
        if (segment.events <= 0) {
          torn += offset < segment.bytes ? 1 : 0
          await remove(segment)
        }
      }
    },

    abandonOldest() {
      const oldest = segments.shift()
      if (oldest === undefined) {
        return 0
      }
      if (writing === oldest) {
        writing = undefined
      }
      dropped += oldest.events
      return oldest.events
    },

    get events() {
      return segments.reduce((sum, segment) => sum + segment.events, 0)
    },
    get bytes() {
      return bytes()
    },
    get dropped() {
      return dropped
    },
    get torn() {
      return torn
    },
    get oldestAt() {
      return segments.find(({ events }) => events > 0)?.oldestAt
    },
  }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1
}
