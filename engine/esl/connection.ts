import type { DurationMs } from '../catalogue/ids.ts'
import type { Timer } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { EventView } from './event-view.ts'
import type { EslReply } from './reply-queue.ts'
import { EslSession, type SessionPorts, type SessionSettings } from './session.ts'
import { subscribedEvents, subscriptionFilters } from './subscription.ts'

export interface ConnectionSettings extends SessionSettings {
  /** Silence after which the switch is asked for a sign of life. */
  readonly silenceMs: DurationMs
  readonly backoffMinMs: DurationMs
  readonly backoffMaxMs: DurationMs
}

export interface ConnectionListener {
  connected(): void
  disconnected(error: SwitchyardError): void
  event(event: EventView): void
}

/** Keeps one subscribed session to a switch alive: never two at a time. */
export class EslConnection {
  readonly #settings: ConnectionSettings
  readonly #ports: SessionPorts
  readonly #log: Logger
  readonly #switchId: string
  #listener: ConnectionListener | undefined
  /** The live socket, from the first packet to its close. */
  #session: EslSession | undefined
  #isUp: boolean = false
  #upSince = 0
  #failures = 0
  #lastCode: string | undefined
  #timer: Timer | undefined
  #stopped: Promise<void> | undefined
  #toldStopped: (() => void) | undefined

  constructor(settings: ConnectionSettings, ports: SessionPorts, log: Logger, switchId: string) {
    this.#settings = settings
    this.#ports = ports
    this.#log = log
    this.#switchId = switchId
  }

  /** The session to send commands on; undefined while there is none. */
  get session(): EslSession | undefined {
    return this.#isUp ? this.#session : undefined
  }

  /** Starts connecting. A second call changes nothing. */
  start(listener: ConnectionListener): void {
    if (this.#listener === undefined) {
      this.#listener = listener
      this.#connect()
    }
  }

  /** For good: it cannot be started again. */
  stop(): Promise<void> {
    this.#timer?.cancel()
    this.#stopped ??= new Promise((resolve) => {
      this.#toldStopped = resolve
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

  /** Filters before events, so that nothing unwanted comes in between. */
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

  /** A half-open connection is silent: ask for a sign of life, and drop it when none comes. */
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
              'FreeSWITCH gave no sign of life; reconnecting',
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
      // A switch that takes us and drops us again and again must not be run down.
      const upMs = (clock.microseconds() - this.#upSince) / 1000
      this.#failures = upMs >= backoffMaxMs ? 0 : this.#failures
    }
    if (this.#stopped !== undefined) {
      this.#toldStopped?.()
      return
    }
    const longest = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    const retryMs = Math.round(longest * (0.5 + random() / 2))
    this.#timer = clock.setTimer(retryMs, () => this.#connect())
    if (wasUp || error.code !== this.#lastCode) {
      this.#lastCode = error.code
      this.#log.error(
        { switch: this.#switchId, code: error.code, reason: error.message, retryMs },
        'switch not connected: trying again until it is',
      )
      try {
        this.#listener?.disconnected(error)
      } catch (fault) {
        odd.threw(fault)
      }
    }
  }
}
