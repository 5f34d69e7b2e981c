import type { Bus, StreamMessage } from '../bus/bus.ts'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
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

/** A plugin's handler of one type of event. */
export type Handler = (event: PluginEvent, signal: AbortSignal) => Promise<void> | void

export interface DeliveryHandlerOptions {
  readonly bus: Bus
  readonly tenant: string
  readonly plugin: string
  readonly delivery: Delivery
  readonly clock: Clock
  readonly log: Logger
  /** Undefined where events need not be handled once. */
  readonly once: Once | undefined
}

/**
 * Handles one delivery, and answers it: done, try again later, or a dead letter.
 *
 * @param event undefined for one that could not be read
 * @throws what the broker throws when it goes away between the steps: then it is not answered
 */
export type DeliveryHandler = (
  message: StreamMessage,
  event: PluginEvent | undefined,
  handler: Handler,
) => Promise<DeliveryOutcome>

type Mine = Extract<Claim, { readonly type: 'mine' }>

const maxPauseMs: DurationMs = 60_000
/** Deliveries beyond the tries where nobody counts failures: outages are among them. */
const uncountedTries = 10

export function createDeliveryHandler(options: DeliveryHandlerOptions): DeliveryHandler {
  const { bus, tenant, plugin, delivery, clock, log, once } = options

  async function handle(
    message: StreamMessage,
    event: PluginEvent | undefined,
    handler: Handler,
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
      message.retry(Math.min(Math.max(claim.freeInMs, 100), maxPauseMs))
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
      log.warn(
        { event: event.type },
        'event may have been handled twice: another replica took it over meanwhile',
      )
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
    // An outage is no failure of the handler: it does not use up a try.
    const isExcused = isOutage(error)
    await once?.fail(event.id, revision, isExcused ? failures - 1 : failures)
    const doublings = isExcused ? message.deliveries - 1 : failures
    message.retry(Math.min(delivery.backoffMs * 2 ** Math.min(doublings, 16), maxPauseMs))
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
    log.error({ subject: message.subject, reason, fault }, 'event moved to the dead-letter stream')
    message.ack()
    return 'dead'
  }

  return handle
}

/** The claim of a plugin that need not handle events once: only the broker counts deliveries. */
function unclaimed({ deliveries }: StreamMessage): Claim {
  return { type: 'mine', revision: 0, failures: deliveries - 1 }
}

/** True for faults that end by themselves: the broker or the engine is away. */
function isOutage(error: unknown): boolean {
  return (
    isSwitchyardError(error) &&
    ['SY_BUS_UNAVAILABLE', 'SY_BUS_TIMEOUT', 'SY_BUS_NO_RESPONDER', 'SY_COMMAND_FAILED'].includes(
      error.code,
    )
  )
}
