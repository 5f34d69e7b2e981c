import { runApi } from './api.ts'
import { createCommandReader, type EslCommand } from './command-reader.ts'
import type { EventContent } from './event-text.ts'
import type { EventListener, Exchange, Frame } from './exchange.ts'
import { createSlab } from './slab.ts'
import { Subscription } from './subscription.ts'
import { post } from './thread.ts'
import { type ByteString, type Format, plain } from './wire-text.ts'

/** The connection to one client: a socket, or a pipe in memory. */
export interface Transport {
  /** `written` must be called when the bytes are no longer needed. Their memory is then reused. */
  write(bytes: Uint8Array, written: () => void): void
  /** Closes the connection after the pending writes. */
  end(): void
}

/** How the switch treats a new client. */
export type ClientTreatment =
  | 'open'
  /** Refused by the access list, as by mod_event_socket. */
  | 'rejecting'
  /** Accepted, but never answered. */
  | 'mute'

const farewell = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'
const rejection = 'Access Denied, go away.\n'

/** One client of the event socket. */
export class EslSession implements EventListener {
  readonly #exchange: Exchange
  readonly #transport: Transport
  readonly #password: ByteString
  readonly #read = createCommandReader()
  readonly #subscription = new Subscription()
  #phase: 'mute' | 'greeted' | 'ready' | 'closed'
  /** What blocks the session: a running `api` command, or a stalled network. */
  readonly #waitsFor = new Set<'api' | 'network'>()
  readonly #commands: EslCommand[] = []
  /** Events caused by the current command. They are sent after its reply. */
  #held: Frame[] | undefined
  #out: Frame[] = []
  readonly #slab = createSlab()

  constructor(
    exchange: Exchange,
    transport: Transport,
    password: ByteString,
    treatment: ClientTreatment,
  ) {
    this.#exchange = exchange
    this.#transport = transport
    this.#password = password
    this.#phase = treatment === 'mute' ? 'mute' : 'greeted'
    exchange.listeners.add(this)
    if (treatment === 'rejecting') {
      this.#frame('text/rude-rejection', rejection)
      this.#end()
    } else if (treatment === 'open') {
      this.#send('Content-Type: auth/request\n\n')
      this.flush()
    }
  }

  get isReady(): boolean {
    return this.#phase === 'ready'
  }

  get format(): Format {
    return this.#subscription.format
  }

  wants(content: EventContent): boolean {
    return this.#subscription.wants(content, () => this.#exchange.text(content, plain))
  }

  event(frame: Frame): void {
    ;(this.#held ?? this.#out).push(frame)
  }

  flush(): void {
    if (this.#out.length === 0 || this.#waitsFor.has('network')) return
    let length = 0
    for (const frame of this.#out) length += frame.length
    const { bytes, free } = this.#slab.take(length)
    let at = 0
    for (const { pieces } of this.#out) {
      for (const piece of pieces) at += bytes.write(piece, at, 'latin1')
    }
    this.#out = []
    this.#transport.write(bytes, free)
  }

  /** Takes bytes from the client, split anywhere. */
  receive(bytes: ByteString): void {
    if (this.#phase === 'mute' || this.#phase === 'closed') return
    this.#commands.push(...this.#read(bytes))
    this.#exchange.turn(() => this.#work())
  }

  /** Must be called when the client has closed the connection. */
  closed(): void {
    this.#phase = 'closed'
    this.#exchange.listeners.delete(this)
  }

  /** Closes the connection without notice, as a crash would. */
  cut(): void {
    if (this.#phase === 'closed') return
    this.#out = []
    this.closed()
    this.#transport.end()
  }

  /** Stops reading and writing, as behind a stalled network, until called with `false`. */
  pause(isPaused: boolean): void {
    if (isPaused) {
      this.#waitsFor.add('network')
    } else {
      this.#waitsFor.delete('network')
      this.#exchange.turn(() => this.#work())
    }
  }

  #work(): void {
    while (this.#waitsFor.size === 0 && this.#phase !== 'closed') {
      const command = this.#commands.shift()
      if (!command) return
      this.#held = []
      this.#handle(command)
      if (!this.#waitsFor.has('api')) this.#release()
    }
  }

  #release(): void {
    // In FreeSWITCH one thread replies and sends the events, so a command's own events follow its reply.
    this.#out.push(...(this.#held ?? []))
    this.#held = undefined
  }

  #handle({ line, headers, body }: EslCommand): void {
    const space = line.indexOf(' ')
    const verb = (space < 0 ? line : line.slice(0, space)).toLowerCase()
    const rest = space < 0 ? '' : line.slice(space + 1).trim()
    if (verb === 'exit') {
      this.#reply('+OK bye')
      this.#close()
    } else if (this.#phase !== 'ready') this.#authenticate(verb, rest)
    else if (verb === 'sendmsg') this.#sendmsg(rest, headers, body)
    else if (verb === 'api' && rest !== '') this.#api(rest)
    else if (verb === 'bgapi' && rest !== '') this.#bgapi(rest, headers.get('job-uuid'))
    else this.#reply(this.#answer(verb, rest))
  }

  /** Runs a command that concerns only this client, and returns the reply. */
  #answer(verb: string, rest: ByteString): string {
    switch (verb) {
      case 'event':
        return this.#subscription.add(rest.split(' '))
      case 'nixevent':
        return this.#subscription.remove(rest.split(' '))
      case 'noevents':
        return this.#subscription.clear()
      case 'filter':
        return rest === '' ? '-ERR command not found' : this.#subscription.filter(rest)
      case 'linger':
      case 'nolinger':
        return '-ERR not controlling a session'
      default:
        return '-ERR command not found'
    }
  }

  #authenticate(verb: string, password: ByteString): void {
    if (verb !== 'auth') {
      this.#reply('-ERR command not found')
    } else if (password === this.#password) {
      this.#phase = 'ready'
      this.#reply('+OK accepted')
    } else {
      this.#reply('-ERR invalid')
      this.#close()
    }
  }

  /** Runs an `api` command. Until it ends, the session's other commands and its events wait. */
  #api(command: ByteString): void {
    this.#waitsFor.add('api')
    runApi(this.#exchange, command, (text) => {
      this.#waitsFor.delete('api')
      this.#frame('api/response', text === '' ? '-ERR no reply\n' : text)
      this.#release()
      this.#exchange.turn(() => this.#work())
    })
  }

  #bgapi(command: ByteString, wanted: string | undefined): void {
    const job = wanted ?? this.#exchange.random.uuid()
    this.#reply(`+OK Job-UUID: ${job}`, `Job-UUID: ${job}\n`)
    const space = command.indexOf(' ')
    const name = space < 0 ? command : command.slice(0, space)
    runApi(this.#exchange, command, (body) => {
      const last: [string, ByteString][] = [
        ['Job-UUID', job],
        ['Job-Command', name],
      ]
      if (space >= 0) last.push(['Job-Command-Arg', command.slice(space + 1)])
      this.#exchange.emit({ name: 'BACKGROUND_JOB', last, body })
    })
  }

  #sendmsg(uuid: string, headers: ReadonlyMap<string, ByteString>, body: ByteString): void {
    const channel = this.#exchange.find(uuid)
    this.#reply(channel ? '+OK' : `-ERR invalid session id [${uuid}]`)
    const command = headers.get('call-command')
    if (!channel || (command !== 'execute' && command !== 'hangup')) return
    const isText = headers.get('content-type') === 'text/plain'
    post(this.#exchange, channel, {
      command,
      application: headers.get('execute-app-name') ?? '',
      data: headers.get('execute-app-arg') ?? (isText ? body : ''),
      uuid: headers.get('event-uuid'),
      uuidName: headers.get('event-uuid-name'),
      locks: headers.get('event-lock') === 'true',
      loops: Number(headers.get('loops') ?? 1),
      cause: headers.get('hangup-cause') ?? 'NORMAL_CLEARING',
    })
  }

  #reply(text: string, more = ''): void {
    this.#send(`Content-Type: command/reply\nReply-Text: ${text}\n${more}\n`)
  }

  #frame(type: string, body: ByteString): void {
    this.#send(`Content-Type: ${type}\nContent-Length: ${body.length}\n\n${body}`)
  }

  #send(text: ByteString): void {
    this.#out.push({ pieces: [text], length: text.length })
  }

  #close(): void {
    this.#frame('text/disconnect-notice', farewell)
    this.#end()
  }

  #end(): void {
    this.flush()
    this.closed()
    this.#transport.end()
  }
}
