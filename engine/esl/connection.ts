import type { DurationMs } from '../catalogue/ids.ts'
import type { Timer } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { EventView } from './event-view.ts'
import type { EslReply } from './reply-queue.ts'
import { EslSession, type SessionPorts, type SessionSettings } from './session.ts'
import { subscribedEvents, subscriptionFilters } from './subscription.ts'

export interface ConnectionSettings extends SessionSettings {
  /** Silence after which the switch is probed with a command. */
  readonly silenceMs: DurationMs
  readonly backoffMinMs: DurationMs
  readonly backoffMaxMs: DurationMs
}

export interface ConnectionListener {
  connected(): void
  disconnected(error: SwitchyardError): void
  event(event: EventView): void
}

/** Keeps one subscribed session to a switch, and reconnects when it is lost. Never opens two at a time. */
export class EslConnection {
  readonly #settings: ConnectionSettings
  readonly #ports: SessionPorts
  readonly #log: Logger
  readonly #switchId: string
  #listener: ConnectionListener | undefined
  /** The current session, from the first packet until its socket has closed. */
  #session: EslSession | undefined
  #isUp: boolean = false
  #upSince = 0
  #failures = 0
  #lastCode: string | undefined
  #timer: Timer | undefined
  #stopped: Promise<void> | undefined
  #resolveStop: (() => void) | undefined

  constructor(settings: ConnectionSettings, ports: SessionPorts, log: Logger, switchId: string) {
    this.#settings = settings
    this.#ports = ports
    this.#log = log
    this.#switchId = switchId
  }

  /** The session to send commands on; undefined while not connected. */
  get session(): EslSession | undefined {
    return this.#isUp ? this.#session : undefined
  }

  /** Starts connecting. A second call has no effect. */
  start(listener: ConnectionListener): void {
    if (this.#listener === undefined) {
      this.#listener = listener
      this.#connect()
    }
  }

  /** Stops for good: it cannot be started again. */
  stop(): Promise<void> {
    this.#timer?.cancel()
    this.#stopped ??= new Promise((resolve) => {
      this.#resolveStop = resolve
      if (this.#session === undefined) {
        resolve()
      } else {
        this.#session.disconnect()
      }
    })
    return this.#stopped
  }

  #connect(): void {
    const session = new EslSession(this.#settings, this.#ports, {
      ready: () => this.#subscribe(session),
      event: (event) => this.#listener?.event(event),
      closed: (error) => this.#closed(error),
    })
    this.#session = session
  }

  /** Sets the filters before it subscribes, so that no unwanted event arrives in between. */
  #subscribe(session: EslSession): void {
    const refused = (reply: EslReply): boolean => {
      if (!reply.ok && reply.reason !== 'disconnected') {
        const code = reply.reason === 'refused' ? 'SY_SWITCH_REFUSED' : 'SY_SWITCH_TIMEOUT'
        session.fail(new SwitchyardError(code, `subscribing to events: ${reply.message}`))
      }
      return !reply.ok
    }
    for (const [header, value] of subscriptionFilters) {
      session.filter(header, value, refused)
    }
    session.events('plain', [...subscribedEvents], (reply: EslReply) => {
      if (!refused(reply)) {
        this.#up(session)
      }
    })
  }

  #up(session: EslSession): void {
    const { clock, meter } = this.#ports
    this.#isUp = true
    this.#upSince = clock.microseconds()
    this.#lastCode = undefined
    meter.connection(true)
    this.#log.info({ switch: this.#switchId, failures: this.#failures }, 'switch connected')
    this.#watch(session, this.#settings.silenceMs)
    this.#listener?.connected()
  }

  /** A half-open connection is silent: probe the switch, and drop the connection when it does not answer. */
  #watch(session: EslSession, inMs: DurationMs): void {
    const { silenceMs } = this.#settings
    this.#timer = this.#ports.clock.setTimer(inMs, () => {
      const leftMs = silenceMs - session.silentMs
      if (leftMs > 1) {
        this.#watch(session, leftMs)
        return
      }
      session.api('uptime', '', (reply) => {
        if (reply.ok || reply.reason === 'refused') {
          this.#watch(session, silenceMs)
        } else {
          session.fail(
            new SwitchyardError(
              'SY_SWITCH_TIMEOUT',
              'FreeSWITCH did not answer a probe; reconnecting',
            ),
          )
        }
      })
    })
  }

  #closed(error: SwitchyardError): void {
    const { clock, meter, odd, random } = this.#ports
    const { backoffMinMs, backoffMaxMs } = this.#settings
    const wasUp = this.#isUp
    this.#isUp = false
    this.#session = undefined
    this.#timer?.cancel()
    if (wasUp) {
      meter.connection(false)
      // A switch that keeps accepting and dropping us must not be flooded with reconnects.
      const upMs = (clock.microseconds() - this.#upSince) / 1000
      this.#failures = upMs >= backoffMaxMs ? 0 : this.#failures
    }
    if (this.#stopped !== undefined) {
      this.#resolveStop?.()
      return
    }
    const maxRetryMs = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    const retryMs = Math.round(maxRetryMs * (0.5 + random() / 2))
    this.#timer = clock.setTimer(retryMs, () => this.#connect())
    if (wasUp || error.code !== this.#lastCode) {
      this.#lastCode = error.code
      this.#log.error(
        { switch: this.#switchId, code: error.code, reason: error.message, retryMs },
        'the switch is not connected; trying again',
      )
      try {
        this.#listener?.disconnected(error)
      } catch (fault) {
        odd.threw(fault)
      }
    }
  }
}
