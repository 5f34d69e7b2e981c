import type { Socket } from 'node:net'
import esl from 'modesl'
import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { SwitchyardError } from '../errors.ts'
import { type CommandHeaders, formatCommand, isUnsafe } from './command-text.ts'
import { EventView } from './event-view.ts'
import { type EslFrame, type FrameLimits, type FrameOddity, FrameReader } from './frame-reader.ts'
import { JobTable } from './job-table.ts'
import type { EslMeter } from './meter.ts'
import type { OddCounter } from './odd-counter.ts'
import { Outbox } from './outbox.ts'
import { type Answered, asReply, type EslReply, ReplyQueue } from './reply-queue.ts'
import {
  aclRefused,
  authRefused,
  ended,
  mute,
  socketFailed,
  unreachable,
} from './session-faults.ts'

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
  /** Good only until it returns. */
  event(event: EventView): void
  /** The session is over, once and for all; open commands have been answered. */
  closed(error: SwitchyardError): void
}

type Phase = 'connecting' | 'greeting' | 'login' | 'open' | 'closed'

/**
 * One connection to an event socket: modesl's session, mended. See the README
 * for each fault of the shipped one and its test.
 *
 * The mends are overrides, so no other user of modesl in the process is touched.
 */
export class EslSession extends esl.Connection {
  readonly #settings: SessionSettings
  readonly #ports: SessionPorts
  readonly #listener: SessionListener
  readonly #replies: ReplyQueue
  readonly #jobs: JobTable
  readonly #reader: FrameReader
  /** modesl drops its own reference when the peer ends; this one lives as long as the session. */
  readonly #wire: Socket
  readonly #outbox: Outbox
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
    const { clock, meter, odd } = ports
    this.#replies = new ReplyQueue(clock, settings.commandMs, {
      count: (name, outcome, microseconds) => meter.commandAnswered(name, outcome, microseconds),
      answer: (done, reply) => this.#answer(done, reply),
    })
    this.#jobs = new JobTable(clock, ports.random, (done, reply) => this.#answer(done, reply))
    this.#reader = new FrameReader(
      {
        frame: (frame) => this.#frame(frame),
        odd: (kind, contentType) => this.#skipped(kind, contentType),
        broken: (error) => this.fail(error),
        threw: (error) => odd.threw(error),
      },
      settings.frames,
    )
    this.#heardAt = clock.microseconds()
    this.#wire = this.socket as Socket
    this.#outbox = new Outbox(this.#wire)
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

  /** Ends the session because of `error`; {@link SessionListener.closed} follows. */
  fail(error: SwitchyardError): void {
    this.#failure ??= error
    this.#reader.stop()
    this.#wire.destroy()
  }

  /** modesl's stays true after a reset. */
  override connected(): boolean {
    return this.#phase === 'open'
  }

  /**
   * Puts the command into the one write at the end of this turn, and expects no
   * reply: use {@link sendRecv} unless there is none.
   *
   * @throws SwitchyardError SY_ESL_UNSAFE
   */
  override send(command: string, args?: CommandHeaders | null): void {
    this.#outbox.write(formatCommand(command, args ?? undefined))
  }

  /**
   * Sends a command and answers it exactly once: by its reply, at the time
   * limit, or when the connection is gone.
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

  /** For commands that end at once: while it runs, nothing else comes through the connection. */
  override api(command: string, args: string, done: Answered): void {
    this.#request(command, formatCommand(`api ${command}${args === '' ? '' : ` ${args}`}`), done)
  }

  /**
   * Runs a command in the switch's background; `done` is told its result.
   *
   * @param longestMs what it may take beyond `jobMs`
   */
  override bgapi(
    command: string,
    args: string,
    jobId: string | undefined,
    done: Answered,
    longestMs: DurationMs = 0,
  ): void {
    const id = jobId ?? this.#jobs.newId()
    this.#request(
      command,
      formatCommand(`bgapi ${command} ${args}`, { 'Job-UUID': id }),
      (reply) => {
        if (!reply.ok) {
          this.#jobs.finish(id, reply)
        }
      },
    )
    this.#jobs.expect(id, longestMs + this.#settings.jobMs, done)
  }

  /**
   * Has a channel execute an application; `done` is told that the switch took
   * the command, not that the application ended. An argument with line feeds
   * travels as the body (switch_ivr.c, switch_ivr_parse_event).
   *
   * modesl's does not queue for the reply, so that all later replies go astray.
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

  /** Says what is still to be said and closes. */
  override disconnect(): void {
    this.#failure ??= ended('the engine closed the connection')
    this.#outbox.flush()
    this.#wire.end()
    // A peer that does not close its side must not hold us.
    this.#goodbye = this.#ports.clock.setTimer(1_000, () => this.#wire.destroy())
  }

  /** Puts our reader in the place of modesl's parser. */
  override _onConnect(): void {
    this.connecting = false
    this.#phase = 'greeting'
    this.#wire.on('data', (chunk: Buffer) => {
      this.#heardAt = this.#ports.clock.microseconds()
      this.#reader.push(chunk)
    })
    this.emit('esl::connect')
  }

  /** A socket error is always followed by its close, which tells the listener. */
  override _onError(error: Error): void {
    this.#failure ??= socketFailed(this.#settings, error)
  }

  #request(name: string, text: string, done: Answered): void {
    if (this.#phase === 'closed' || this.#failure !== undefined) {
      const message = this.#failure?.message ?? 'not connected'
      queueMicrotask(() => this.#answer(done, { ok: false, reason: 'disconnected', message }))
      return
    }
    this.#outbox.write(text)
    this.#replies.expect(name, done)
  }

  #answer(done: Answered, reply: EslReply): void {
    try {
      done(reply)
    } catch (error) {
      this.#ports.odd.threw(error)
    }
  }

  #frame(frame: EslFrame): void {
    switch (frame.headers.get('content-type')) {
      case 'text/event-plain':
        this.#event(new EventView(frame.body))
        break
      case 'command/reply':
        this.#reply(frame.headers.get('reply-text') ?? '')
        break
      case 'api/response':
        this.#reply(frame.body.toString())
        break
      case 'auth/request':
        if (this.#phase === 'greeting') {
          this.#phase = 'login'
          this.auth()
        } else {
          this.#ports.odd.count('unknownFrame', 'auth/request')
        }
        break
      case 'text/rude-rejection':
        this.fail(aclRefused(this.#settings))
        break
      case 'text/disconnect-notice':
        this.fail(
          ended(
            'FreeSWITCH said goodbye: it shuts down, its event socket was reloaded, or events were read too slowly',
          ),
        )
        break
      default:
        this.#ports.odd.count('unknownFrame')
    }
  }

  /** A reply that was skipped is still the reply to its command: the later ones must not move up. */
  #skipped(kind: FrameOddity, contentType: string | undefined): void {
    this.#ports.odd.count(kind, contentType)
    if (contentType === 'api/response' || contentType === 'command/reply') {
      this.#reply('-ERR the answer is too large')
    }
  }

  #event(event: EventView): void {
    const job = event.get('Event-Name') === 'BACKGROUND_JOB' ? event.get('Job-UUID') : undefined
    if (job === undefined) {
      this.#listener.event(event)
    } else if (this.#jobs.has(job)) {
      this.#jobs.finish(job, asReply(event.body()))
    }
  }

  #reply(text: string): void {
    if (!this.#replies.settle(asReply(text))) {
      this.#ports.odd.count('replyUnasked')
    }
  }

  #mute(): void {
    this.fail(this.#phase === 'connecting' ? unreachable(this.#settings) : mute(this.#settings))
  }

  #closed(): void {
    this.#phase = 'closed'
    this.#handshake.cancel()
    this.#goodbye?.cancel()
    this.#reader.stop()
    const error = this.#failure ?? ended('FreeSWITCH closed the event socket')
    this.#failure = error
    this.#replies.close(error.message)
    this.#jobs.close(error.message)
    this.#listener.closed(error)
  }
}

function firstWord(command: string): string {
  const end = command.indexOf(' ')
  return end < 0 ? command : command.slice(0, end)
}
