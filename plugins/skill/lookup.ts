import { type Clock, type Logger, z } from '../../engine/plugin/index.ts'
import { createAnswerCache } from './answer-cache.ts'
import { createCircuit } from './circuit.ts'
import type { Arrival, FactRecord } from './facts.ts'
import type { LookupOptions } from './options.ts'

/** Sends an HTTP request: Node's `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Outcome of a look-up. */
export type LookupOutcome = 'found' | 'unknown' | 'cached' | 'failed' | 'timedOut' | 'skipped'

/** Looks up facts of a caller in a service. Never rejects, and keeps its time limit. */
export type Lookup = (call: Arrival) => Promise<FactRecord>

interface LookupParts {
  readonly options: LookupOptions
  readonly token: string | undefined
  /** The facts to keep; all others are dropped. */
  readonly wanted: ReadonlySet<string>
  readonly fetch: Fetch
  readonly clock: Clock
  readonly log: Logger
  readonly onEnded: (outcome: LookupOutcome) => void
}

const maxAnswerBytes = 64 * 1024
const answerSchema = z.record(z.string(), z.unknown())
const nothing: FactRecord = {}

/**
 * Creates a look-up with a time limit, a limit on concurrent requests, a cache, and a
 * circuit breaker for a failing service.
 */
export function createLookup(parts: LookupParts): Lookup {
  const { options, clock, log, onEnded } = parts
  const circuit = createCircuit(options.failures, options.pause)
  const cache = createAnswerCache(options.cacheSize, options.cacheFor)
  const underWay = new Map<string, Promise<FactRecord>>()

  async function ask(url: string): Promise<FactRecord> {
    try {
      const facts = await request(parts, url)
      circuit.succeeded()
      cache.put(url, facts ?? nothing, clock.now())
      onEnded(facts === undefined ? 'unknown' : 'found')
      return facts ?? nothing
    } catch (error) {
      const wasOpen = circuit.isOpen
      circuit.failed(clock.now())
      if (circuit.isOpen && !wasOpen) {
        log.warn({ pauseMs: options.pause }, 'the look-up keeps failing; requests are paused')
      }
      onEnded(error instanceof ReplyTimeout ? 'timedOut' : 'failed')
      return nothing
    }
  }

  return async (call) => {
    const url = fillIn(options.url, call)
    if (url === undefined) {
      return nothing
    }
    const known = cache.get(url, clock.now())
    if (known !== undefined) {
      onEnded('cached')
      return known
    }
    const same = underWay.get(url)
    if (same !== undefined) {
      return await same
    }
    if (underWay.size >= options.atOnce || !circuit.enter(clock.now())) {
      onEnded('skipped')
      return nothing
    }
    const asking = ask(url).finally(() => underWay.delete(url))
    underWay.set(url, asking)
    return await asking
  }
}

class ReplyTimeout extends Error {}

/** Undefined when the service does not know the caller (404). Throws on any failure. */
async function request(
  { options, token, wanted, fetch, clock }: LookupParts,
  url: string,
): Promise<FactRecord | undefined> {
  const abort = new AbortController()
  const asking = async () => {
    const response = await fetch(url, {
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      // Following a redirect would give the token away.
      redirect: 'error',
      signal: abort.signal,
    })
    if (response.status === 404) {
      await response.body?.cancel()
      return undefined
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw new TypeError('the service replied with an error')
    }
    return readFacts(await readText(response), wanted)
  }
  return await new Promise((resolve, reject) => {
    const timer = clock.setTimer(options.timeout, () => {
      const late = new ReplyTimeout()
      reject(late)
      abort.abort(late)
    })
    void asking()
      .then(resolve, reject)
      .finally(() => {
        timer.cancel()
        // Stop a reply that is no longer needed, for example one that is too long.
        abort.abort()
      })
  })
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxAnswerBytes) {
      throw new TypeError('the reply is too long')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readFacts(text: string, wanted: ReadonlySet<string>): FactRecord {
  const answer = answerSchema.parse(JSON.parse(text))
  return Object.fromEntries(
    Object.entries(answer).flatMap(([name, value]) =>
      wanted.has(name) && ['string', 'number', 'boolean'].includes(typeof value)
        ? [[name, String(value)]]
        : [],
    ),
  )
}

/** Fills in the URL; undefined if it needs the number of a caller who withheld it. */
function fillIn(url: string, { caller, dialled }: Arrival): string | undefined {
  if (caller === '' && url.includes('{caller}')) {
    return undefined
  }
  return url
    .replaceAll('{caller}', encodeURIComponent(caller))
    .replaceAll('{dialled}', encodeURIComponent(dialled))
}
