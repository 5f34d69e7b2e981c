import type { Msg, Subscription as NatsSubscription } from 'nats'
import { describeFault } from '../../describe-fault.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Subscription } from '../bus.ts'
import { checkPattern } from '../names.ts'
import type { NatsLink } from './link.ts'

/**
 * Subscribes on this connection and every later one. Resolves when the broker has processed the
 * subscription, or is away.
 *
 * @param group subscribers of one group share the messages
 * @throws SwitchyardError SY_BUS_UNAVAILABLE when the bus is closed
 */
export type Listen = (
  pattern: string,
  onMessage: (message: Msg) => void,
  group?: string,
) => Promise<Subscription>

/** Plain subscriptions, without a stream, on the connections of `link`. */
export function createListen(link: NatsLink, log: Logger): Listen {
  return async (pattern, onMessage, group) => {
    checkPattern(pattern)
    if (link.isClosed) {
      throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the bus is closed')
    }
    let subscription: NatsSubscription | undefined
    const forget = link.onUp((connection) => {
      subscription = connection.subscribe(pattern, {
        ...(group !== undefined && { queue: group }),
        callback: (error, message) => {
          if (error === null) {
            onMessage(message)
          } else {
            log.error({ pattern, ...describeFault(error) }, 'the broker refused a subscription')
          }
        },
      })
    })
    await flushed(link)
    return {
      async stop() {
        forget()
        subscription?.unsubscribe()
        await flushed(link)
      },
    }
  }
}

/** Resolves when the broker has processed everything written so far, or is away. */
async function flushed(link: NatsLink): Promise<void> {
  if (link.isConnected) {
    await link
      .connection()
      .flush()
      .catch(() => {})
  }
}
