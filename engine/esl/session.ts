import type { Socket } from 'node:net'
import esl from 'modesl'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { SwitchyardError } from '../errors.ts'
import { type CommandHeaders, formatCommand, isUnsafe } from './command-text.ts'
import type { EventView } from './event-view.ts'
import type { FrameLimits } from './frame-reader.ts'
import { IncomingFrames } from './incoming-frames.ts'
import type { EslMeter } from './meter.ts'
import type { OddCounter } from './odd-counter.ts'
import { OpenCommands } from './open-commands.ts'
import type { Answered, EslReply } from './reply-queue.ts'
import {
  aclRefused,
  authRefused,
  ended,
  mute,
  socketFailed,
  unreachable,
} from './session-faults.ts'
import { WriteBatch } from './write-batch.ts'

export interface SessionSettings {
  readonly host: string
  readonly port: number
  readonly password: string
  readonly commandMs: DurationMs
  readonly jobMs: DurationMs
  /** From the first packet to the accepted password. */
  readonly handshakeMs: DurationMs
  readonly frames: FrameLimits
}

export interface SessionPorts {
  readonly clock: Clock
  readonly random: () => number
  readonly meter: EslMeter
  readonly odd: OddCounter
}

export interface SessionListener {
  /** The password was accepted. */
  ready(): void
  /** Takes an event, which is valid only until this returns. */
  event(event: EventView): void
  /** The session has ended for good; its open commands have been answered. */
  closed(error: SwitchyardError): void
}

type Phase = 'connecting' | 'greeting' | 'login' | 'open' | 'closed'

/**
 * One connection to an event socket: modesl's session with its faults fixed. The
 * README lists each fault of the shipped one; each has a test.
 *
 * The fixes are overrides, so other users of modesl in the process are not affected.
 */
export class EslSession extends esl.Connection {
  readonly #settings: SessionSettings
  readonly #ports: SessionPorts
  readonly #listener: SessionListener
  readonly #open: OpenCommands
  readonly #incoming: IncomingFrames
  /** modesl drops its own reference when the peer closes; this one lives as long as the session. */
  readonly #wire: Socket
  readonly #batch: WriteBatch
  readonly #handshake: Timer
  #phase: Phase = 'connecting'
  #failure: SwitchyardError | undefined
  #goodbye: Timer | undefined
  #heardAt: number

  constructor(settings: SessionSettings, ports: SessionPorts, listener: SessionListener) {
    super(settings.host, settings.port, settings.password)
    this.#settings = settings
    this.#ports = ports
    this.#listener = listener
    const { clock, odd } = ports
    this.#open = new OpenCommands(settings, ports)
    this.#incoming = new IncomingFrames(settings.frames, {
      odd,
      event: (event) => {
        if (!this.#open.takeJobEvent(event)) {
          this.#listener.event(event)
        }
      },
      reply: (text) => this.#open.reply(text),
      authRequested: () => this.#authRequested(),
      hostRefused: () => this.fail(aclRefused(this.#settings)),
      failed: (error) => this.fail(error),
    })
    this.#heardAt = clock.microseconds()
    this.#wire = this.socket as Socket
    this.#batch = new WriteBatch(this.#wire)
    // Nagle's algorithm and delayed acknowledgements together cost 40 ms a command.
    this.#wire.setNoDelay(true)
    this.#wire.setKeepAlive(true, 10_000)
    this.#wire.on('close', () => this.#closed())
    this.#handshake = clock.setTimer(settings.handshakeMs, () => this.#mute())
  }

  /** How long the switch has been silent, in milliseconds. */
  get silentMs(): DurationMs {
    return (this.#ports.clock.microseconds() - this.#heardAt) / 1000
  }

  /** Ends the session with `error`; {@link SessionListener.closed} follows. */
  fail(error: SwitchyardError): void {
    this.#failure ??= error
    this.#incoming.stop()
    this.#wire.destroy()
  }

  /** modesl's own version stays true after a reset. */
  override connected(): boolean {
    return this.#phase === 'open'
  }

  /**
   * Adds the command to the one write at the end of this turn. It expects no
   * reply: for commands that have one, use {@link sendRecv}.
   *
   * @throws SwitchyardError SY_ESL_UNSAFE
   */
  override send(command: string, args?: CommandHeaders | null): void {
    this.#batch.write(formatCommand(command, args ?? undefined))
  }

  /**
   * Sends a command and calls `done` exactly once: with its reply, at the time
   * limit, or when the connection is lost.
   *
   * @throws SwitchyardError SY_ESL_UNSAFE; then nothing was sent and `done` is not called
   */
  override sendRecv(
    command: string,
    args: CommandHeaders | null | Answered,
    done: Answered = () => {},
  ): void {
    if (typeof args === 'function') {
      this.#request(firstWord(command), formatCommand(command), args)
    } else {
      this.#request(firstWord(command), formatCommand(command, args ?? undefined), done)
    }
  }

  /** For commands that end at once: while one runs, nothing else gets through the connection. */
  override api(command: string, args: string, done: Answered): void {
    this.#request(command, formatCommand(`api ${command}${args === '' ? '' : ` ${args}`}`), done)
  }

  /**
   * Runs a command in the switch's background; calls `done` with its result.
   *
   * @param extraMs how long it may take beyond `jobMs`
   */
  override bgapi(
    command: string,
    args: string,
    jobId: string | undefined,
    done: Answered,
    extraMs: DurationMs = 0,
  ): void {
    const id = jobId ?? this.#open.newJobId()
    this.#request(
      command,
      formatCommand(`bgapi ${command} ${args}`, { 'Job-UUID': id }),
      (reply) => {
        if (!reply.ok) {
          this.#open.endJob(id, reply)
        }
      },
    )
    this.#open.expectJob(id, extraMs, done)
  }

  /**
   * Executes an application on a channel. `done` is called when the switch has
   * accepted the command, not when the application has ended. An argument with
   * line feeds is sent as the body (switch_ivr.c, switch_ivr_parse_event).
   *
   * modesl's own version does not wait for the reply, which shifts all later replies.
   */
  override execute(
    application: string,
    argument: string,
    uuid: string,
    done: Answered,
    eventUuid?: string,
    eventUuidName?: string,
  ): void {
    const isBody = isUnsafe(argument)
    const text = formatCommand(
      `sendmsg ${uuid}`,
      {
        'call-command': 'execute',
        'execute-app-name': application,
        ...(isBody ? {} : { 'execute-app-arg': argument }),
        ...(eventUuid === undefined ? {} : { 'event-uuid': eventUuid }),
        ...(eventUuidName === undefined ? {} : { 'event-uuid-name': eventUuidName }),
      },
      isBody ? argument : '',
    )
    this.#request(application, text, done)
  }

  override auth(): void {
    this.sendRecv(`auth ${this.#settings.password}`, (reply: EslReply) => {
      if (reply.ok) {
        this.#handshake.cancel()
        this.#phase = 'open'
        this.authed = true
        this.emit('esl::ready')
        this.#listener.ready()
      } else if (reply.reason === 'refused') {
        this.fail(authRefused(this.#settings))
      }
    })
  }

  /** Sends what is still to be sent, and closes. */
  override disconnect(): void {
    this.#failure ??= ended('the engine closed the connection')
    this.#batch.flush()
    this.#wire.end()
    // A peer that does not close its side must not delay us.
    this.#goodbye = this.#ports.clock.setTimer(1_000, () => this.#wire.destroy())
  }

  /** Installs our reader in place of modesl's parser. */
  override _onConnect(): void {
    this.connecting = false
    this.#phase = 'greeting'
    this.#wire.on('data', (chunk: Buffer) => {
      this.#heardAt = this.#ports.clock.microseconds()
      this.#incoming.push(chunk)
    })
    this.emit('esl::connect')
  }

  /** A socket error is always followed by a close, which calls the listener. */
  override _onError(error: Error): void {
    this.#failure ??= socketFailed(this.#settings, error)
  }

  #request(name: string, text: string, done: Answered): void {
    if (this.#phase === 'closed' || this.#failure !== undefined) {
      const message = this.#failure?.message ?? 'not connected'
      queueMicrotask(() => this.#open.answer(done, { ok: false, reason: 'disconnected', message }))
      return
    }
    this.#batch.write(text)
    this.#open.expectReply(name, done)
  }

  #authRequested(): void {
    if (this.#phase === 'greeting') {
      this.#phase = 'login'
      this.auth()
    } else {
      this.#ports.odd.count('unknownFrame', 'auth/request')
    }
  }

  #mute(): void {
    this.fail(this.#phase === 'connecting' ? unreachable(this.#settings) : mute(this.#settings))
  }

  #closed(): void {
    this.#phase = 'closed'
    this.#handshake.cancel()
    this.#goodbye?.cancel()
    this.#incoming.stop()
    const error = this.#failure ?? ended('FreeSWITCH closed the event socket')
    this.#failure = error
    this.#open.close(error.message)
    this.#listener.closed(error)
  }
}

function firstWord(command: string): string {
  const end = command.indexOf(' ')
  return end < 0 ? command : command.slice(0, end)
}
