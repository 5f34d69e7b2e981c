import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { applications } from './applications.ts'
import type { Dialplan } from './dialplan.ts'
import { type ClientTreatment, EslSession, type Transport } from './esl-session.ts'
import { Exchange } from './exchange.ts'
import { holdChannel, press } from './far-end.ts'
import type { Party } from './party.ts'
import type { PhoneBook } from './phone.ts'
import type { Random } from './random.ts'
import { enter, hangUp } from './thread.ts'
import { toBytes } from './wire-text.ts'

export interface SimulatedSwitchOptions {
  readonly clock: Clock
  /** Draws the UUIDs. Give callers and phones a fork of their own. */
  readonly random: Random
  readonly dialplan: Dialplan
  /** Password of the event socket. @default 'ClueCon' */
  readonly password?: string
  /** The phones that can be dialled. @default none, so only the dialplan can be dialled */
  readonly phones?: PhoneBook
  /** How long a file plays, or undefined for a missing file. @default 5 s for every file */
  readonly fileMs?: (path: string) => DurationMs | undefined
  /** Whether a call can be recorded to this file. @default true for every file */
  readonly canRecord?: (path: string) => boolean
  /** The interval at which channels notice commands and their other leg. 0 saves CPU under load. @default 20 */
  readonly mediaStepMs?: DurationMs
  /** Lag of `show channels`. @default 100 */
  readonly listLagMs?: DurationMs
  /** @default 'sim' */
  readonly hostname?: string
  /** The switch's own SIP address. @default '127.0.0.1:5060' */
  readonly sipAddress?: string
}

export interface CallOrder {
  /** The number dialled. */
  readonly destination: string
  readonly callerNumber: string
  /** Text, or the raw bytes that a caller sent. */
  readonly callerName: string | Uint8Array
  /** Channel variables, without the `variable_` prefix. */
  readonly variables?: Readonly<Record<string, string>>
  readonly context?: string
  readonly party?: Party
}

/** The current state of a channel. */
export interface ChannelView {
  readonly uuid: string
  readonly direction: 'inbound' | 'outbound'
  readonly destination: string
  readonly isAnswered: boolean
  readonly joinedTo: string | undefined
  readonly applications: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

/** A FreeSWITCH without media. It speaks ESL and behaves like the recorded traces. */
export interface SimulatedSwitch {
  /** Connects a client. The result takes the client's bytes. */
  connect(transport: Transport): { receive(bytes: string): void; closed(): void }
  /** Places a call into the switch and returns the channel's UUID. */
  placeCall(order: CallOrder): string
  /** The person at the far end (not the switch) hangs up. Ignored when the channel is gone. */
  hangUp(uuid: string): void
  /** The person at the far end puts the call on hold, or resumes it. */
  hold(uuid: string, isHeld: boolean): void
  /** The person at the far end presses keys, of `0123456789*#`. Ignored when the channel is gone. */
  press(uuid: string, keys: string): void
  channels(): readonly ChannelView[]
  /** Disconnects all clients without notice. Calls go on. */
  disconnectClients(): void
  /** The number of authenticated clients. */
  readonly clients: number
  /** Stops or resumes reading from and writing to all clients. Calls go on. */
  pauseClients(isPaused: boolean): void
  /** Sets how new clients are treated. */
  treatClientsAs(treatment: ClientTreatment): void
  /** Disconnects all clients and cancels all timers. The channels stay as they are. */
  stop(): void
}

/** Creates a simulated switch without a socket: clients come through {@link SimulatedSwitch.connect}. */
export function createSimulatedSwitch(options: SimulatedSwitchOptions): SimulatedSwitch {
  const exchange = new Exchange({
    clock: options.clock,
    random: options.random,
    dialplan: options.dialplan,
    phones: options.phones ?? (() => undefined),
    fileMs: options.fileMs ?? (() => 5_000),
    canRecord: options.canRecord ?? (() => true),
    mediaStepMs: options.mediaStepMs ?? 20,
    listLagMs: options.listLagMs ?? 100,
    sipAddress: options.sipAddress ?? '127.0.0.1:5060',
    hostname: options.hostname ?? 'sim',
    applications,
  })
  const sessions = new Set<EslSession>()
  let treatment: ClientTreatment = 'open'

  return {
    connect(transport) {
      const password = toBytes(options.password ?? 'ClueCon')
      const session = new EslSession(exchange, transport, password, treatment)
      sessions.add(session)
      return {
        receive: (bytes) => session.receive(bytes),
        closed() {
          session.closed()
          sessions.delete(session)
        },
      }
    },

    placeCall: (order) =>
      exchange.turn(() => {
        const callerNumber = toBytes(order.callerNumber)
        const channel = exchange.create({
          uuid: exchange.random.uuid(),
          kind: 'caller',
          direction: 'inbound',
          name: `sofia/internal/${callerNumber}@127.0.0.1:${5080 + (exchange.sessionsSinceStart % 900)}`,
          callerName: toBytes(order.callerName),
          callerNumber,
          destination: order.destination,
          context: order.context ?? 'public',
        })
        for (const [name, value] of Object.entries(order.variables ?? {})) {
          channel.setVariable(name, toBytes(value))
        }
        channel.party = order.party
        channel.state = 'CS_INIT'
        exchange.emit({ name: 'CHANNEL_CREATE', channel })
        enter(exchange, channel)
        return channel.uuid
      }),

    hangUp(uuid) {
      exchange.turn(() => {
        const channel = exchange.find(uuid)
        if (channel) hangUp(exchange, channel, 'NORMAL_CLEARING', 'hungUp')
      })
    },

    hold(uuid, isHeld) {
      exchange.turn(() => {
        const channel = exchange.find(uuid)
        if (channel) holdChannel(exchange, channel, isHeld)
      })
    },

    press(uuid, keys) {
      exchange.turn(() => {
        const channel = exchange.find(uuid)
        if (channel) press(exchange, channel, keys, 'RTP')
      })
    },

    channels: () =>
      [...exchange.channels.values()].map((channel) => ({
        uuid: channel.uuid,
        direction: channel.direction,
        destination: channel.destination,
        isAnswered: channel.answeredAt !== 0,
        joinedTo: channel.partner?.uuid,
        applications: channel.stack.map(({ application }) => application),
        variables: Object.fromEntries(channel.variables()),
      })),

    get clients() {
      return [...sessions].filter((session) => session.isReady).length
    },

    disconnectClients() {
      for (const session of sessions) session.cut()
      sessions.clear()
    },

    pauseClients(isPaused) {
      for (const session of sessions) session.pause(isPaused)
    },

    treatClientsAs(next) {
      treatment = next
    },

    stop() {
      for (const session of sessions) session.cut()
      sessions.clear()
      exchange.stop()
    },
  }
}
