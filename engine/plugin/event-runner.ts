import type { StreamMessage, Subscription } from '../bus/bus.ts'
import { decodeEnvelope } from '../catalogue/envelope.ts'
import { type EventType, eventSchemas } from '../catalogue/events/events.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import { eventStream } from '../catalogue/subjects.ts'
import type { Timer } from '../clock.ts'
import { describeFault } from '../describe-fault.ts'
import type { PluginEvent } from './definition.ts'
import {
  createDeliveryHandler,
  type DeliveryHandlerOptions,
  type DeliveryOutcome,
  type Handler,
} from './handle-delivery.ts'
import { withTimeLimit } from './time-limit.ts'

/** Reads the events of a tenant for one plugin, and has each handled. */
export interface EventRunner {
  /** Begins to read. @throws SwitchyardError SY_BUS_UNAVAILABLE, SY_BUS_NO_RESPONDER: no stream yet */
  start(): Promise<void>
  /** Events delivered and not answered yet. */
  readonly inHand: number
  /** Reads no more; resolves when what is in hand is answered, or `limitMs` are over. */
  stop(limitMs: DurationMs): Promise<void>
}

export interface EventRunnerOptions extends DeliveryHandlerOptions {
  /** The name of the plugin's position in the stream. */
  readonly durable: string
  /** The handler of a type; undefined when the plugin does not handle it. */
  readonly handlerOf: (type: string) => Handler | undefined
  readonly onEnded: (type: string, outcome: DeliveryOutcome, durationMs: DurationMs) => void
}

/**
 * Creates a runner. Events of one call or agent are handled one after the other,
 * those of several beside each other. What fails comes again after a pause, and
 * events behind it do not wait for it.
 */
export function createEventRunner(options: EventRunnerOptions): EventRunner {
  const { bus, tenant, delivery, clock, log, once } = options
  const handle = createDeliveryHandler(options)
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

  /** Tells the broker that the work goes on, for as long as something is in hand. */
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
    handler: Handler,
  ): Promise<void> {
    if (isStopped && !inHand.has(message)) {
      return
    }
    const beganUs = clock.microseconds()
    let outcome: DeliveryOutcome
    try {
      outcome = await handle(message, event, handler)
    } catch (error) {
      // The broker went away between the steps: the event comes again.
      log.warn(
        { type, ...describeFault(error) },
        'an event could not be acknowledged; it will be delivered again',
      )
      message.retry(delivery.backoffMs)
      outcome = 'postponed'
    }
    options.onEnded(type, outcome, (clock.microseconds() - beganUs) / 1000)
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
