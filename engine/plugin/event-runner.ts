import type { Bus, StreamMessage, Subscription } from '../bus/bus.ts'
import { decodeEnvelope } from '../catalogue/envelope.ts'
import { type EventType, eventSchemas } from '../catalogue/events/events.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { eventStream } from '../catalogue/subjects.ts'
import type { Clock, Timer } from '../clock.ts'
import { describeFault } from '../describe-fault.ts'
import { isSwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type DeadReason, faultName, putAway } from './dead-letter.ts'
import type { PluginEvent } from './definition.ts'
import type { Delivery } from './delivery.ts'
import type { Claim, Once } from './once.ts'
import { withTimeLimit } from './time-limit.ts'

/** How one delivery of an event ended. */
export type DeliveryOutcome = 'handled' | 'repeated' | 'retried' | 'waited' | 'postponed' | 'dead'

/** Reads the events of a tenant for one plugin, and has each handled. */
export interface EventRunner {
  /** Begins to read. @throws SwitchyardError SY_BUS_UNAVAILABLE, SY_BUS_NO_RESPONDER: no stream yet */
  start(): Promise<void>
  /** Events delivered and not answered yet. */
  readonly inHand: number
  /** Reads no more; resolves when what is in hand is answered, or `limitMs` are over. */
  stop(limitMs: DurationMs): Promise<void>
}

export interface EventRunnerOptions {
  readonly bus: Bus
  readonly tenant: string
  readonly plugin: string
  readonly durable: string
  readonly delivery: Delivery
  readonly clock: Clock
  readonly log: Logger
  /** The handler of a type; undefined when the plugin does not hear it. */
  readonly handlerOf: (
    type: string,
  ) => ((event: PluginEvent, signal: AbortSignal) => Promise<void> | void) | undefined
  /** Undefined where events need not be handled once. */
  readonly once: Once | undefined
  readonly onEnded: (type: string, outcome: DeliveryOutcome, durationMs: DurationMs) => void
}

type Mine = Extract<Claim, { readonly type: 'mine' }>

const longestPauseMs: DurationMs = 60_000
/** Deliveries beyond the tries where nobody counts failures: outages are among them. */
const uncountedTries = 10

/**
 * Creates a runner. Events of one call or agent are handled one after the other,
 * those of several beside each other. What fails comes again after a pause, and
 * events behind it do not wait for it.
 */
export function createEventRunner(options: EventRunnerOptions): EventRunner {
  const { bus, tenant, plugin, delivery, clock, log, once } = options
  const inHand = new Set<StreamMessage>()
  const lanes = new Map<string, Promise<void>>()
  let subscription: Subscription | undefined
  let beat: Timer | undefined
  let isStopped = false

  function receive(message: StreamMessage): void {
    const type = message.subject.split('.').slice(3).join('.')
    const handler = options.handlerOf(type)
    if (isStopped) {
      message.retry()
      return
    }
    if (handler === undefined) {
      message.ack()
      return
    }
    inHand.add(message)
    armBeat()
    const event = decode(message)
    const lane = event?.subject ?? ''
    const before = lanes.get(lane) ?? Promise.resolve()
    const turn = before.then(() => settle(message, type, event, handler))
    lanes.set(lane, turn)
    void turn.then(() => {
      inHand.delete(message)
      if (lanes.get(lane) === turn) {
        lanes.delete(lane)
      }
    })
  }

  /** Says that the work goes on, for as long as something is in hand. */
  function armBeat(): void {
    beat ??= clock.setTimer(delivery.takeoverMs / 3, () => {
      beat = undefined
      for (const message of inHand) {
        message.extend()
      }
      if (inHand.size > 0) {
        armBeat()
      }
    })
  }

  async function settle(
    message: StreamMessage,
    type: string,
    event: PluginEvent | undefined,
    handler: (event: PluginEvent, signal: AbortSignal) => Promise<void> | void,
  ): Promise<void> {
    if (isStopped && !inHand.has(message)) {
      return
    }
    const beganUs = clock.microseconds()
    let outcome: DeliveryOutcome
    try {
      outcome = await attempt(message, event, handler)
    } catch (error) {
      // The broker went away between the steps: the event comes again.
      log.warn({ type, ...describeFault(error) }, 'an event is postponed')
      message.retry(delivery.backoffMs)
      outcome = 'postponed'
    }
    options.onEnded(type, outcome, (clock.microseconds() - beganUs) / 1000)
  }

  async function attempt(
    message: StreamMessage,
    event: PluginEvent | undefined,
    handler: (event: PluginEvent, signal: AbortSignal) => Promise<void> | void,
  ): Promise<DeliveryOutcome> {
    if (event === undefined) {
      return await bury(message, 'malformed', undefined)
    }
    const claim = (await once?.claim(event.id)) ?? unclaimed(message)
    if (claim.type === 'done') {
      message.ack()
      return 'repeated'
    }
    if (claim.type === 'others') {
      message.retry(Math.min(Math.max(claim.freeInMs, 100), longestPauseMs))
      return 'waited'
    }
    const { revision, failures } = claim
    if (failures >= delivery.tries + (once === undefined ? uncountedTries : 0)) {
      const outcome = await bury(message, 'crashed', undefined, failures)
      await once?.forget(event.id, revision)
      return outcome
    }
    try {
      const counted = { ...event, attempt: failures + 1 }
      await withTimeLimit(clock, delivery.timeoutMs, 'the handler of an event', (signal) =>
        handler(counted, signal),
      )
    } catch (error) {
      return await fail(message, event, error, claim)
    }
    const isMarked = await once?.finish(event.id, revision)
    if (isMarked === false) {
      log.warn({ event: event.type }, 'an event was handled while another replica took it over')
    }
    message.ack()
    return 'handled'
  }

  async function fail(
    message: StreamMessage,
    event: PluginEvent,
    error: unknown,
    { revision, failures }: Mine,
  ): Promise<DeliveryOutcome> {
    const attempt = failures + 1
    log.warn(
      { event: event.type, attempt, ...describeFault(error) },
      'the handler of an event failed',
    )
    const reason = whyGiveUp(event, attempt, error)
    if (reason !== undefined) {
      await bury(message, reason, error, attempt)
      await once?.forget(event.id, revision)
      return 'dead'
    }
    // An outage is nobody's failure: it does not use up a try.
    const isExcused = isOutage(error)
    await once?.fail(event.id, revision, isExcused ? failures - 1 : failures)
    const doublings = isExcused ? message.deliveries - 1 : failures
    message.retry(Math.min(delivery.backoffMs * 2 ** Math.min(doublings, 16), longestPauseMs))
    return 'retried'
  }

  function whyGiveUp(event: PluginEvent, attempt: number, error: unknown): DeadReason | undefined {
    if (isOutage(error)) {
      return isPatienceOver(event) ? 'gaveUp' : undefined
    }
    const isHopeless = isSwitchyardError(error) && !error.retryable
    if (!isHopeless && attempt < delivery.tries) {
      return undefined
    }
    return isSwitchyardError(error, 'SY_PLUGIN_TIMEOUT') ? 'timedOut' : 'failed'
  }

  function isPatienceOver(event: PluginEvent): boolean {
    return clock.now() - event.at > delivery.patienceMs
  }

  async function bury(
    message: StreamMessage,
    reason: DeadReason,
    error: unknown,
    tries: number = message.deliveries,
  ): Promise<DeliveryOutcome> {
    const fault = error === undefined ? '' : faultName(error)
    const deadAt = clock.now()
    await putAway(bus, message, { plugin, tenant, reason, fault, tries, deadAt })
    log.error({ subject: message.subject, reason, fault }, 'an event went to the dead letters')
    message.ack()
    return 'dead'
  }

  return {
    async start() {
      subscription = await bus.consume(
        {
          stream: eventStream.name,
          durable: options.durable,
          filter: `switchyard.${tenant}.event.>`,
          from: delivery.from,
          ackWaitMs: delivery.takeoverMs,
          maxUnacknowledged: delivery.concurrency,
        },
        receive,
      )
    },

    get inHand() {
      return inHand.size
    },

    async stop(limitMs) {
      isStopped = true
      await subscription?.stop()
      const drained = Promise.all(lanes.values()).then(() => {})
      await withTimeLimit(clock, limitMs, 'what was in hand', () => drained).catch(() => {
        // Not answered in time: another replica, or this one later, has them.
        for (const message of inHand) {
          message.retry()
        }
      })
      beat?.cancel()
      once?.close()
      inHand.clear()
    },
  }
}

/** The claim of a plugin that handles events as they come: the broker alone counts. */
function unclaimed({ deliveries }: StreamMessage): Claim {
  return { type: 'mine', revision: 0, failures: deliveries - 1 }
}

/** True for what is nobody's fault and ends by itself: the broker or the engine is away. */
function isOutage(error: unknown): boolean {
  return (
    isSwitchyardError(error) &&
    ['SY_BUS_UNAVAILABLE', 'SY_BUS_TIMEOUT', 'SY_BUS_NO_RESPONDER', 'SY_COMMAND_FAILED'].includes(
      error.code,
    )
  )
}

/** Unwraps an event and checks it; fields that a newer engine added are left out. */
function decode(message: StreamMessage): PluginEvent | undefined {
  try {
    const { source: _source, data, ...envelope } = decodeEnvelope(message.data)
    const type = envelope.type as EventType
    const shaped = eventSchemas[type].safeParse(data)
    return shaped.success
      ? ({ ...envelope, type, data: shaped.data, attempt: message.deliveries } as PluginEvent)
      : undefined
  } catch {
    return undefined
  }
}
