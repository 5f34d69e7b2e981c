import { readNatsStream } from '../engine/bus/nats/read.ts'
import { decodeEnvelope } from '../engine/catalogue/envelope.ts'
import { eventStream } from '../engine/catalogue/subjects.ts'
import { createLogger } from '../engine/log.ts'

/** What a stream contains, compared with what it should contain. */
export interface StreamAccount {
  readonly events: number
  /** Calls with at least one event. */
  readonly calls: number
  /** Events that should be there but are not. */
  readonly missing: number
  readonly duplicates: number
  /** Events behind a later event of the same call or agent. */
  readonly outOfOrder: number
}

const endings = ['call.completed', 'call.abandoned', 'call.lost']

/** The events of one call or agent read so far. */
interface History {
  readonly isCall: boolean
  last: number
  count: number
  changes: number
  isEnded: boolean
}

/**
 * Reads all events, and checks the sequence numbers of each call and each agent.
 *
 * @param calls the switch's own count of calls; each is expected to have as many events as the
 *   complete calls have, apart from `call.changed`
 */
export async function accountForStream(url: string, calls: number): Promise<StreamAccount> {
  const histories = new Map<string, History>()
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
    const history = histories.get(key) ?? startHistory(type.startsWith('call.'))
    histories.set(key, history)
    outOfOrder += sequence < history.last ? 1 : 0
    history.last = Math.max(history.last, sequence)
    history.count += 1
    history.changes += type === 'call.changed' ? 1 : 0
    history.isEnded ||= endings.includes(type)
  }
  const all = [...histories.values()]
  const seen = all.filter(({ isCall }) => isCall)
  const agents = all.filter(({ isCall }) => !isCall)
  const missing =
    agents.reduce((sum, { last, count }) => sum + last - count, 0) + missingOfCalls(seen, calls)
  return { events: ids.size, calls: seen.length, missing, duplicates, outOfOrder }
}

function startHistory(isCall: boolean): History {
  return { isCall, last: 0, count: 0, changes: 0, isEnded: false }
}

function missingOfCalls(seen: readonly History[], calls: number): number {
  const isWhole = ({ isEnded, last, count }: History) => isEnded && last === count
  const lengths = new Map<number, number>()
  for (const { count, changes } of seen.filter(isWhole)) {
    lengths.set(count - changes, (lengths.get(count - changes) ?? 0) + 1)
  }
  const [usual = 0] = [...lengths].toSorted(([, a], [, b]) => b - a)[0] ?? []
  const ofSeen = seen
    .filter((history) => !isWhole(history))
    .reduce((sum, { changes, count, last }) => sum + Math.max(usual + changes, last) - count, 0)
  return ofSeen + (calls - seen.length) * usual
}
