import type { Bus } from '../bus/bus.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'

/** One subject that a service answers on. */
export interface ServiceEndpoint {
  /** Letters, digits, `-` and `_`; unique in its service. */
  readonly name: string
  readonly subject: string
  /** Shown by `nats micro info`. */
  readonly metadata?: Readonly<Record<string, string>>
  /** A refusal is an answer. A throw is logged, counted and fails the request. */
  handle(data: Uint8Array): Promise<Uint8Array>
}

/** The description of a NATS micro service (ADR-32 of nats-io/nats-architecture-and-design). */
export interface Service {
  /** Letters, digits, `-` and `_`. The same for all its instances. */
  readonly name: string
  /** Semantic version. */
  readonly version: string
  readonly description: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly endpoints: readonly ServiceEndpoint[]
}

/** A running service. */
export interface RunningService {
  /** Unique to this instance of the service. */
  readonly id: string
  /** Takes no more requests; resolves when those in progress have been answered. */
  stop(): Promise<void>
}

/** An instance that answered a search, with its own counts. */
export interface FoundService {
  readonly name: string
  readonly id: string
  readonly version: string
  readonly endpoints: readonly {
    readonly name: string
    readonly subject: string
    readonly requests: number
    readonly errors: number
  }[]
}

interface Counted {
  readonly endpoint: ServiceEndpoint
  requests: number
  errors: number
  nanoseconds: number
}

const namePattern = /^[A-Za-z0-9_-]{1,128}$/
const versionPattern = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/
/** The queue group of all responders of the bus. */
const queueGroup = 'switchyard'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Serves endpoints as a NATS micro service, which shows up in `nats micro ls`,
 * `info` and `stats`. Instances of one name share the requests. May be started while the
 * broker is away.
 *
 * @param newId creates the id of this instance
 * @throws SwitchyardError SY_BUS_INVALID when a name or the version cannot be used
 */
export async function startService(
  bus: Bus,
  service: Service,
  { clock, newId }: { readonly clock: Clock; readonly newId: () => string },
): Promise<RunningService> {
  checkService(service)
  const id = newId()
  const startedAt = clock.now()
  const counted = service.endpoints.map(
    (endpoint): Counted => ({ endpoint, requests: 0, errors: 0, nanoseconds: 0 }),
  )
  const underWay = new Set<Promise<unknown>>()
  const { name, version, description, metadata = {} } = service
  const identity = { name, id, version, metadata }
  const replies = {
    PING: () => ({ type: 'io.nats.micro.v1.ping_response', ...identity }),
    INFO: () => ({
      type: 'io.nats.micro.v1.info_response',
      ...identity,
      description,
      endpoints: counted.map(({ endpoint }) => ({
        name: endpoint.name,
        subject: endpoint.subject,
        queue_group: queueGroup,
        metadata: endpoint.metadata ?? {},
      })),
    }),
    STATS: () => ({
      type: 'io.nats.micro.v1.stats_response',
      ...identity,
      started: new Date(startedAt).toISOString(),
      endpoints: counted.map(statsOf),
    }),
  }

  async function answer(counts: Counted, data: Uint8Array): Promise<Uint8Array> {
    const beganUs = clock.microseconds()
    counts.requests += 1
    try {
      return await counts.endpoint.handle(data)
    } catch (error) {
      counts.errors += 1
      throw error
    } finally {
      counts.nanoseconds += Math.round((clock.microseconds() - beganUs) * 1000)
    }
  }

  const endpoints = counted.map((counts) =>
    bus.respond(counts.endpoint.subject, (data) => {
      const answering = answer(counts, data)
      const settled = answering.catch(() => {})
      underWay.add(settled)
      void settled.then(() => underWay.delete(settled))
      return answering
    }),
  )
  const controls = Object.entries(replies).flatMap(([verb, reply]) =>
    [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
      bus.respond(subject, () => encoder.encode(JSON.stringify(reply())), { isShared: false }),
    ),
  )
  const subscriptions = await Promise.all([...endpoints, ...controls])

  return {
    id,
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      await Promise.all(underWay)
    },
  }
}

/**
 * Finds the running services on the whole broker.
 *
 * @param name only those of this name; all when undefined
 * @param withinMs how long to wait for answers
 * @throws SwitchyardError SY_BUS_UNAVAILABLE
 */
export async function findServices(
  bus: Bus,
  name: string | undefined,
  withinMs: DurationMs,
): Promise<readonly FoundService[]> {
  const subject = name === undefined ? '$SRV.STATS' : `$SRV.STATS.${name}`
  const answers = await bus.requestAll(subject, new Uint8Array(), withinMs)
  return answers.flatMap((answer) => decodeStats(answer) ?? [])
}

function statsOf({ endpoint, requests, errors, nanoseconds }: Counted) {
  return {
    name: endpoint.name,
    subject: endpoint.subject,
    queue_group: queueGroup,
    num_requests: requests,
    num_errors: errors,
    last_error: '',
    processing_time: nanoseconds,
    average_processing_time: requests === 0 ? 0 : Math.round(nanoseconds / requests),
  }
}

/** Anything can answer a search: answers that are not from a micro service are left out. */
function decodeStats(answer: Uint8Array): FoundService | undefined {
  try {
    const { name, id, version, endpoints } = JSON.parse(decoder.decode(answer))
    return {
      name: String(name),
      id: String(id),
      version: String(version),
      endpoints: (endpoints as Record<string, unknown>[]).map((endpoint) => ({
        name: String(endpoint['name']),
        subject: String(endpoint['subject']),
        requests: Number(endpoint['num_requests']),
        errors: Number(endpoint['num_errors']),
      })),
    }
  } catch {
    return undefined
  }
}

function checkService({ name, version, endpoints }: Service): void {
  const names = endpoints.map((endpoint) => endpoint.name)
  if (![name, ...names].every((one) => namePattern.test(one))) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'the names of a service and its endpoints consist of letters, digits, "-" and "_"',
    )
  }
  if (new Set(names).size < names.length) {
    throw new SwitchyardError('SY_BUS_INVALID', 'two endpoints of the service have the same name')
  }
  if (!versionPattern.test(version)) {
    throw new SwitchyardError(
      'SY_BUS_INVALID',
      'the version of a service must be a semantic version such as 1.0.0',
    )
  }
}
