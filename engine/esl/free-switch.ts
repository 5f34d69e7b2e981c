import type { DurationMs, LegId, SwitchId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type {
  CommandResult,
  LegSnapshot,
  Switch,
  SwitchCommand,
  SwitchObserver,
} from '../switch/switch.ts'
import { isUnsafe } from './command-text.ts'
import { EslConnection } from './connection.ts'
import { decodeEvent } from './decode-event.ts'
import { encodeCommand } from './encode-command.ts'
import type { EventView } from './event-view.ts'
import { defaultFrameLimits } from './frame-reader.ts'
import { type EslMeter, noMeter } from './meter.ts'
import { OddCounter } from './odd-counter.ts'
import { sendCommand } from './send-command.ts'
import { readSnapshot } from './snapshot.ts'

export interface EslLimits {
  /** How long a command may wait for its reply. @default 5000 */
  readonly commandMs: DurationMs
  /** How long a background job (`show channels`) may run; for a `dial`, in addition to its ringing time. @default 15000 */
  readonly jobMs: DurationMs
  /** From the first packet to the accepted password. @default 5000 */
  readonly handshakeMs: DurationMs
  /** Silence after which the switch is probed; without an answer within `commandMs` the connection is dropped. @default 5000 */
  readonly silenceMs: DurationMs
  /** Pause before the first new attempt; doubles with each failure. @default 100 */
  readonly backoffMinMs: DurationMs
  /** Longest pause between attempts. @default 5000 */
  readonly backoffMaxMs: DurationMs
  /** Longest block of outer headers, in bytes. @default 65536 */
  readonly headerBytes: number
  /** Longest body of a frame, in bytes. @default 16777216 */
  readonly bodyBytes: number
  /** How many `uuid_dump` commands a snapshot has in flight at once. @default 16 */
  readonly dumpsInFlight: number
}

export interface FreeSwitchOptions {
  readonly id: SwitchId
  readonly host: string
  /** 1 to 65535; FreeSWITCH's own default is 8021. */
  readonly port: number
  /** The password in `event_socket.conf.xml`. Never logged. */
  readonly password: string
  readonly clock: Clock
  readonly log: Logger
  /** Returns a number in [0, 1). Used to spread reconnects and to make ids of background jobs. */
  readonly random: () => number
  readonly meter?: EslMeter
  readonly limits?: Partial<EslLimits>
}

const defaultLimits: EslLimits = {
  commandMs: 5_000,
  jobMs: 15_000,
  handshakeMs: 5_000,
  silenceMs: 5_000,
  backoffMinMs: 100,
  backoffMaxMs: 5_000,
  dumpsInFlight: 16,
  ...defaultFrameLimits,
}

/**
 * Creates a switch: a FreeSWITCH over its event socket. It does nothing until `start`.
 *
 * @throws SwitchyardError SY_ESL_UNSAFE when the password contains CR, LF or NUL,
 *   SY_CONFIG_INVALID when the port is not valid
 */
export function createFreeSwitch(options: FreeSwitchOptions): Switch {
  const { port, password } = options
  if (isUnsafe(password)) {
    throw new SwitchyardError('SY_ESL_UNSAFE', 'the event socket password contains CR, LF or NUL')
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SwitchyardError('SY_CONFIG_INVALID', 'the event socket port must be 1 to 65535')
  }
  return new FreeSwitch(options)
}

class FreeSwitch implements Switch {
  readonly id: SwitchId
  readonly #limits: EslLimits
  readonly #meter: EslMeter
  readonly #odd: OddCounter
  readonly #connection: EslConnection
  #observer: SwitchObserver | undefined

  constructor(options: FreeSwitchOptions) {
    const { id, host, port, password, clock, random, log } = options
    this.id = id
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#meter = options.meter ?? noMeter
    this.#odd = new OddCounter(log, this.#meter, id)
    this.#connection = new EslConnection(
      { ...this.#limits, host, port, password, frames: this.#limits },
      { clock, random, meter: this.#meter, odd: this.#odd },
      log,
      id,
    )
  }

  start(observer: SwitchObserver): void {
    this.#observer = observer
    this.#connection.start({
      connected: () => observer.connected(),
      disconnected: (error) => observer.disconnected(error),
      event: (event) => this.#event(event),
    })
  }

  stop(): Promise<void> {
    return this.#connection.stop()
  }

  send(command: SwitchCommand, done: (result: CommandResult) => void = () => {}): void {
    const encoded = encodeCommand(command)
    const session = this.#connection.session
    if (!encoded.ok || encoded.commands.length === 0 || session === undefined) {
      const result: CommandResult = encoded.ok
        ? session === undefined
          ? { ok: false, reason: 'disconnected', message: 'the switch is not connected' }
          : { ok: true }
        : { ok: false, reason: 'refused', message: encoded.message }
      queueMicrotask(() => done(result))
      return
    }
    sendCommand(session, command, encoded.commands, done)
  }

  async snapshot(
    alsoLegs: Iterable<LegId>,
    isKnown?: (legId: LegId) => boolean,
  ): Promise<readonly LegSnapshot[]> {
    const session = this.#connection.session
    if (session === undefined) {
      throw new SwitchyardError('SY_SWITCH_DISCONNECTED', 'the switch is not connected')
    }
    return readSnapshot(
      session,
      { alsoLegs, isKnown: isKnown ?? (() => false) },
      this.#limits.dumpsInFlight,
      this.#badValue,
    )
  }

  #event(view: EventView): void {
    const name = view.get('Event-Name') ?? ''
    const decoded = decodeEvent(name, view, this.id, this.#badValue)
    if (decoded === 'malformed') {
      this.#odd.count('eventMalformed', name)
      return
    }
    this.#meter.eventDecoded(name)
    if (decoded !== 'notOurs') {
      this.#observer?.event(decoded)
    }
  }

  readonly #badValue = (header: string): void => this.#odd.count('valueMalformed', header)
}
