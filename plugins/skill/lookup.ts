import { type Clock, type Logger, z } from '../../engine/plugin/index.ts'
import { createAnswerCache } from './answer-cache.ts'
import { createCircuit } from './circuit.ts'
import type { Arrival, FactRecord } from './facts.ts'
import type { LookupOptions } from './options.ts'

/** Asks by HTTP; the `fetch` of Node. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What became of a look-up. */
export type LookupOutcome = 'found' | 'unknown' | 'cached' | 'failed' | 'timedOut' | 'skipped'

/** Facts of callers from a service. Never rejects, and ends at its time limit at the latest. */
export type Lookup = (call: Arrival) => Promise<FactRecord>

interface LookupParts {
  readonly options: LookupOptions
  readonly token: string | undefined
  /** The facts that are wanted; all others are dropped at once. */
  readonly wanted: ReadonlySet<string>
  readonly fetch: Fetch
  readonly clock: Clock
  readonly log: Logger
  readonly onEnded: (outcome: LookupOutcome) => void
}

const longestAnswer = 64 * 1024
const answerSchema = z.record(z.string(), z.unknown())
const nothing: FactRecord = {}

/**
 * Creates a look-up with a time limit, a limit of requests at a time, a memory of
 * answers, and a circuit that leaves a failing service alone.
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
        log.warn({ pauseMs: options.pause }, 'the look-up fails; it is left alone for a while')
      }
      onEnded(error instanceof LateAnswer ? 'timedOut' : 'failed')
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

class LateAnswer extends Error {}

/** Undefined when the service does not know the caller. Whatever else goes wrong is thrown. */
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
      // A token that follows a redirection is a token given away.
      redirect: 'error',
      signal: abort.signal,
    })
    if (response.status === 404) {
      await response.body?.cancel()
      return undefined
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw new TypeError('the look-up was refused')
    }
    return readFacts(await readText(response), wanted)
  }
  return await new Promise((resolve, reject) => {
    const timer = clock.setTimer(options.timeout, () => {
      const late = new LateAnswer()
      reject(late)
      abort.abort(late)
    })
    void asking()
      .then(resolve, reject)
      .finally(() => {
        timer.cancel()
        // What it still sends is of no use: an answer that is too long, for one.
        abort.abort()
      })
  })
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > longestAnswer) {
      throw new TypeError('the answer is too long')
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

/** Undefined when it asks for the number of a caller who withheld it. */
function fillIn(url: string, { caller, dialled }: Arrival): string | undefined {
  if (caller === '' && url.includes('{caller}')) {
    return undefined
  }
  return url
    .replaceAll('{caller}', encodeURIComponent(caller))
    .replaceAll('{dialled}', encodeURIComponent(dialled))
}
