import { readNatsStream } from '../engine/bus/nats/read.ts'
import { decodeEnvelope } from '../engine/catalogue/envelope.ts'
import { eventStream } from '../engine/catalogue/subjects.ts'
import { createLogger } from '../engine/log.ts'

/** What a stream holds, against what it should. */
export interface StreamAccount {
  readonly events: number
  /** Calls with at least one event. */
  readonly calls: number
  /** Events that should be there and are not. */
  readonly missing: number
  readonly duplicates: number
  /** Events that stand behind a later one of the same call or agent. */
  readonly outOfOrder: number
}

const endings = ['call.completed', 'call.abandoned', 'call.lost']

/** A call or an agent, as far as it has been read. */
interface Line {
  readonly isCall: boolean
  last: number
  count: number
  changes: number
  isEnded: boolean
}

/**
 * Reads all events, and follows each call and each agent through them by their numbers.
 *
 * @param calls how many there were by the switch's own account; each had as many events as
 *   those that are there in full, changes on the way apart
 */
export async function accountForStream(url: string, calls: number): Promise<StreamAccount> {
  const lines = new Map<string, Line>()
  const ids = new Set<string>()
  let duplicates = 0
  let outOfOrder = 0
  const options = { servers: [url], log: createLogger('error') }
  for await (const { data } of readNatsStream(options, { stream: eventStream.name })) {
    const { id, type, sequence } = decodeEnvelope(data)
    if (ids.has(id)) {
      duplicates += 1
      continue
    }
    ids.add(id)
    const key = id.slice(0, id.lastIndexOf('.'))
    const line = lines.get(key) ?? startLine(type.startsWith('call.'))
    lines.set(key, line)
    outOfOrder += sequence < line.last ? 1 : 0
    line.last = Math.max(line.last, sequence)
    line.count += 1
    line.changes += type === 'call.changed' ? 1 : 0
    line.isEnded ||= endings.includes(type)
  }
  const all = [...lines.values()]
  const seen = all.filter(({ isCall }) => isCall)
  const agents = all.filter(({ isCall }) => !isCall)
  const missing =
    agents.reduce((sum, { last, count }) => sum + last - count, 0) + missingOfCalls(seen, calls)
  return { events: ids.size, calls: seen.length, missing, duplicates, outOfOrder }
}

function startLine(isCall: boolean): Line {
  return { isCall, last: 0, count: 0, changes: 0, isEnded: false }
}

function missingOfCalls(seen: readonly Line[], calls: number): number {
  const isWhole = ({ isEnded, last, count }: Line) => isEnded && last === count
  const lengths = new Map<number, number>()
  for (const { count, changes } of seen.filter(isWhole)) {
    lengths.set(count - changes, (lengths.get(count - changes) ?? 0) + 1)
  }
  const [usual = 0] = [...lengths].toSorted(([, a], [, b]) => b - a)[0] ?? []
  const ofSeen = seen
    .filter((line) => !isWhole(line))
    .reduce((sum, { changes, count, last }) => sum + Math.max(usual + changes, last) - count, 0)
  return ofSeen + (calls - seen.length) * usual
}
