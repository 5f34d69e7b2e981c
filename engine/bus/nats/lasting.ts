import type { NatsConnection } from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import type { Clock, Timer } from '../../clock.ts'
import { describeFault } from '../../describe-fault.ts'
import type { Logger } from '../../log.ts'
import type { Subscription } from '../bus.ts'
import type { NatsLink } from './link.ts'

/** Ends an attachment; may be called more than once. */
export type Detach = () => void

/**
 * Starts something on a connection. It calls `onLost` when the broker has ended it
 * although the connection is still up; it is then started again.
 */
export type Attach = (connection: NatsConnection, onLost: () => void) => Promise<Detach>

const retryMs: DurationMs = 1_000

/**
 * Starts something now, and again on every later connection until it is stopped.
 *
 * @throws what the first attempt throws; later attempts are repeated every second
 */
export async function keepAttached(
  { link, clock, log }: { link: NatsLink; clock: Clock; log: Logger },
  attach: Attach,
): Promise<Subscription> {
  let isStopped = false
  let detach: Detach | undefined
  let retry: Timer | undefined

  async function begin(connection: NatsConnection): Promise<void> {
    const began = await attach(connection, () => {
      void beginAgain(connection)
    })
    detach?.()
    detach = began
    if (isStopped) {
      began()
    }
    // The client's own watchdogs outlive its connection.
    void connection.closed().then(began)
  }

  async function beginAgain(connection: NatsConnection): Promise<void> {
    retry?.cancel()
    if (isStopped || connection.isClosed()) {
      return
    }
    try {
      await begin(connection)
    } catch (error) {
      if (!isStopped && !connection.isClosed()) {
        log.warn(describeFault(error), 'cannot resume reading from the broker; trying again')
        retry = clock.setTimer(retryMs, () => {
          void beginAgain(connection)
        })
      }
    }
  }

  const first = link.connection()
  await begin(first)
  const forget = link.onUp((connection) => {
    if (connection !== first) {
      void beginAgain(connection)
    }
  })
  return {
    async stop() {
      isStopped = true
      retry?.cancel()
      forget()
      detach?.()
    },
  }
}
