import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import { Channel, type ChannelOrigin } from './channel.ts'
import type { Dialplan } from './dialplan.ts'
import { createEventWriter, type EventContent } from './event-text.ts'
import type { PhoneBook } from './phone.ts'
import type { Random } from './random.ts'
import type { Run } from './run.ts'
import { type Format, plain } from './wire-text.ts'

/** Starts an application on a channel. The application calls `finish`, at once or later. */
export type Application = (exchange: Exchange, channel: Channel, run: Run) => void

/** A frame in pieces, and its length. All clients write the same pieces. */
export interface Frame {
  readonly pieces: readonly string[]
  readonly length: number
}

/** A connected client, as a receiver of events. */
export interface EventListener {
  readonly format: Format
  wants(content: EventContent): boolean
  event(frame: Frame): void
  flush(): void
}

export interface ExchangeSettings {
  readonly clock: Clock
  readonly random: Random
  readonly dialplan: Dialplan
  readonly phones: PhoneBook
  /** How long a file plays, or undefined for a missing file. */
  readonly fileMs: (path: string) => DurationMs | undefined
  /** Whether a call can be recorded to this file. */
  readonly canRecord: (path: string) => boolean
  /** The interval of media steps. A channel notices commands and its other leg at its next step. */
  readonly mediaStepMs: DurationMs
  /** How far `show channels` lags behind the channels' real state. */
  readonly listLagMs: DurationMs
  /** `host:port` of the switch's own SIP. A dial string that ends in it leads back into the dialplan. */
  readonly sipAddress: string
  readonly hostname: string
  readonly applications: ReadonlyMap<string, Application>
}

/** A row of `show channels` for a channel that is gone but still listed. */
interface Departed {
  readonly channel: Channel
  readonly at: number
}

interface Task {
  readonly timer: Timer
  /** UUID of the channel it is for. */
  readonly group: string
}

/** The default of event-heartbeat-interval in switch.conf.xml. */
const heartbeatMs = 20_000

/** The core of a simulated switch: its channels, timers and events. */
export class Exchange {
  readonly settings: ExchangeSettings
  readonly random: Random
  readonly clock: Clock
  readonly channels = new Map<string, Channel>()
  readonly listeners = new Set<EventListener>()
  readonly coreUuid: string
  readonly startedAt: number
  sessionsSinceStart = 0
  /** Scheduled tasks (`sched_transfer`), by id. */
  readonly tasks = new Map<number, Task>()
  lastTaskId = 0
  readonly #write: ReturnType<typeof createEventWriter>
  readonly #timers = new Set<Timer>()
  readonly #steps = new Map<number, (() => void)[]>()
  #departed: Departed[] = []
  #depth = 0
  #sequence = 0

  constructor(settings: ExchangeSettings) {
    this.settings = settings
    this.random = settings.random
    this.clock = settings.clock
    this.startedAt = settings.clock.now()
    this.coreUuid = settings.random.uuid()
    this.#beat()
    this.#write = createEventWriter({ coreUuid: this.coreUuid, hostname: settings.hostname })
  }

  /** Runs `work`. When the outermost such call ends, the pending frames are written to the clients. */
  turn<T>(work: () => T): T {
    this.#depth++
    try {
      return work()
    } finally {
      if (--this.#depth === 0) for (const listener of this.listeners) listener.flush()
    }
  }

  after(delayMs: DurationMs, work: () => void): Timer {
    const timer = this.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      this.turn(work)
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        timer.cancel()
        this.#timers.delete(timer)
      },
    }
  }

  /** Runs `work` at the next media step. Work for the same step runs in the order of the calls. */
  step(work: () => void): void {
    const due = this.clock.now() + this.settings.mediaStepMs
    const waiting = this.#steps.get(due)
    if (waiting) {
      waiting.push(work)
      return
    }
    const batch = [work]
    this.#steps.set(due, batch)
    this.after(this.settings.mediaStepMs, () => {
      this.#steps.delete(due)
      for (const next of batch) next()
    })
  }

  create(origin: Omit<ChannelOrigin, 'session' | 'createdAt'>): Channel {
    const channel = new Channel({
      ...origin,
      session: ++this.sessionsSinceStart,
      createdAt: this.clock.now(),
    })
    this.channels.set(channel.uuid, channel)
    return channel
  }

  remove(channel: Channel): void {
    this.channels.delete(channel.uuid)
    this.#departed.push({ channel, at: this.clock.now() })
    if (this.#departed.length > 64) this.#forget()
  }

  /** The channels that `show channels` lists: those of `listLagMs` ago. */
  listed(): Channel[] {
    this.#forget()
    const before = this.clock.now() - this.settings.listLagMs
    return [...this.#departed.map(({ channel }) => channel), ...this.channels.values()].filter(
      (channel) => channel.createdAt <= before && channel.kind !== 'aborted',
    )
  }

  #forget(): void {
    const before = this.clock.now() - this.settings.listLagMs
    this.#departed = this.#departed.filter(({ at }) => at > before)
  }

  /** Finds a channel for a command. A channel that has hung up is not found. */
  find(uuid: string): Channel | undefined {
    const channel = this.channels.get(uuid)
    return channel?.isUp ? channel : undefined
  }

  /** Sends an event, rendered now, to each client that wants it. */
  emit(content: EventContent): void {
    this.#sequence++
    const frames: { plain?: Frame; json?: Frame } = {}
    for (const listener of this.listeners) {
      if (!listener.wants(content)) continue
      const { format } = listener
      frames[format.name] ??= this.#frame(content, format)
      listener.event(frames[format.name] as Frame)
    }
  }

  /** Renders an event without its frame, as `uuid_dump` prints it. */
  text(content: EventContent, format: Format = plain): string {
    return this.#write(content, format, this.clock.now(), this.#sequence).join('')
  }

  #frame(content: EventContent, format: Format): Frame {
    const pieces = this.#write(content, format, this.clock.now(), this.#sequence)
    let length = 0
    for (const piece of pieces) length += piece.length
    const head = `Content-Length: ${length}\nContent-Type: text/event-${format.name}\n\n`
    pieces.unshift(head)
    return { pieces, length: length + head.length }
  }

  #beat(): void {
    this.after(heartbeatMs, () => {
      const last = [
        ['Event-Info', 'System Ready'],
        ['Uptime-msec', String(this.clock.now() - this.startedAt)],
        ['Session-Count', String(this.channels.size)],
        ['Max-Sessions', '5000'],
        ['Session-Since-Startup', String(this.sessionsSinceStart)],
        ['Idle-CPU', '98.666667'],
      ] as const
      this.emit({ name: 'HEARTBEAT', last })
      this.#beat()
    })
  }

  /** Cancels all timers. The exchange does nothing afterwards. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }
}
