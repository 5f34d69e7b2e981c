import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { applications } from './applications.ts'
import type { Dialplan } from './dialplan.ts'
import { type Door, EslSession, type Transport } from './esl-session.ts'
import { Exchange } from './exchange.ts'
import { holdChannel, press } from './far-end.ts'
import type { Party } from './party.ts'
import type { PhoneBook } from './phone.ts'
import type { Random } from './random.ts'
import { enter, hangUp } from './thread.ts'
import { toBytes } from './wire-text.ts'

export interface SimulatedSwitchOptions {
  readonly clock: Clock
  /** All UUIDs and nothing else; fork it for people. */
  readonly random: Random
  readonly dialplan: Dialplan
  /** Password of the event socket. @default 'ClueCon' */
  readonly password?: string
  /** @default none: only the dialplan can be dialled */
  readonly phones?: PhoneBook
  /** How long a file plays; undefined: no such file. @default 5 s for every file */
  readonly fileMs?: (path: string) => DurationMs | undefined
  /** Whether a call can be recorded to a file. @default every one */
  readonly canRecord?: (path: string) => boolean
  /** The pace at which channels notice things; 0 spares time under load. @default 20 */
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
  /** Text, or raw bytes as a caller may send them. */
  readonly callerName: string | Uint8Array
  /** Channel variables, without the `variable_` prefix. */
  readonly variables?: Readonly<Record<string, string>>
  readonly context?: string
  readonly party?: Party
}

/** What is true of a channel now. */
export interface ChannelView {
  readonly uuid: string
  readonly direction: 'inbound' | 'outbound'
  readonly destination: string
  readonly isAnswered: boolean
  readonly joinedTo: string | undefined
  readonly applications: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

/** A FreeSWITCH without media: it speaks ESL, and behaves as the recorded traces show. */
export interface SimulatedSwitch {
  /** A client comes; the answer takes what it sends. */
  connect(transport: Transport): { receive(bytes: string): void; closed(): void }
  /** A caller dials. Returns the channel's UUID. */
  placeCall(order: CallOrder): string
  /** The person at the far end hangs up (not the switch). Ignored when the channel is gone. */
  hangUp(uuid: string): void
  /** The person at the far end presses hold, or takes the call up again. */
  hold(uuid: string, isHeld: boolean): void
  /** The person at the far end presses keys, of `0123456789*#`. Ignored when the channel is gone. */
  press(uuid: string, keys: string): void
  channels(): readonly ChannelView[]
  /** Cuts all clients off without a word; calls go on. */
  disconnectClients(): void
  /** How many clients have given the password. */
  readonly clients: number
  /** Stops reading from and writing to all clients, or takes it up again; calls go on. */
  pauseClients(isPaused: boolean): void
  /** How clients to come are met. */
  setDoor(door: Door): void
  /** Ends all clients and all timers; the channels stay as they are. */
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
  let door: Door = 'open'

  return {
    connect(transport) {
      const password = toBytes(options.password ?? 'ClueCon')
      const session = new EslSession(exchange, transport, password, door)
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

    setDoor(next) {
      door = next
    },

    stop() {
      for (const session of sessions) session.cut()
      sessions.clear()
      exchange.stop()
    },
  }
}
