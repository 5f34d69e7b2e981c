import { runApi } from './api.ts'
import { createCommandReader, type EslCommand } from './command-reader.ts'
import { type EventName, eventKinds, silentEvents } from './event-kinds.ts'
import type { EventContent } from './event-text.ts'
import type { EventListener, Exchange } from './exchange.ts'
import { post } from './thread.ts'
import { type ByteString, type Format, json, plain } from './wire-text.ts'

/** The way to one client: a socket, or a pipe in memory. Each character is a byte. */
export interface Transport {
  write(bytes: ByteString): void
  /** Closes it after what was written. */
  end(): void
}

const farewell = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n'
const rejection = 'Access Denied, go away.\n'

/** How a new client is met. */
export type Door =
  | 'open'
  /** Turned away by the access list, as mod_event_socket does it. */
  | 'rejecting'
  /** Connected, and never spoken to. */
  | 'mute'

/** One client of the event socket. */
export class EslSession implements EventListener {
  format: Format = plain
  readonly #exchange: Exchange
  readonly #transport: Transport
  readonly #password: ByteString
  readonly #read = createCommandReader()
  readonly #events = new Set<string>()
  #filters: { readonly header: string; readonly value: string }[] = []
  #isAuthenticated = false
  #isClosed = false
  #isMute = false
  #isPaused = false
  /** An `api` command runs: what follows waits, events too. */
  #isBusy = false
  /** Commands and events that wait while the session is busy, paused or within a command. */
  #commands: EslCommand[] = []
  #held: string[] | undefined
  #out: string[] = []

  constructor(exchange: Exchange, transport: Transport, password: string, door: Door) {
    this.#exchange = exchange
    this.#transport = transport
    this.#password = password
    if (door === 'mute') this.#isMute = true
    else if (door === 'rejecting') {
      this.#frame('text/rude-rejection', rejection)
      this.#end()
    } else this.#out.push('Content-Type: auth/request\n\n')
    if (!this.#isClosed) exchange.listeners.add(this)
    this.flush()
  }

  wants(name: EventName): boolean {
    return this.#events.has(name)
  }

  event(frame: string, content: EventContent): void {
    if (this.#isClosed || (this.#filters.length > 0 && !this.#passes(content))) return
    ;(this.#held ?? this.#out).push(frame)
  }

  flush(): void {
    if (this.#out.length === 0 || this.#isPaused) return
    const bytes = this.#out.length === 1 ? (this.#out[0] as string) : this.#out.join('')
    this.#out = []
    this.#transport.write(bytes)
  }

  /** Bytes from the client, as they come. */
  receive(bytes: ByteString): void {
    if (this.#isMute || this.#isClosed) return
    this.#commands.push(...this.#read(bytes))
    this.#exchange.turn(() => this.#work())
  }

  /** The client is gone. */
  closed(): void {
    this.#isClosed = true
    this.#exchange.listeners.delete(this)
  }

  /** Closes the connection as a crash would: without a word. */
  cut(): void {
    this.#out = []
    this.closed()
    this.#transport.end()
  }

  /** Stops reading and writing, as a network that lost its way; `false` takes it up again. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    if (!isPaused) this.#exchange.turn(() => this.#work())
  }

  #work(): void {
    while (!this.#isBusy && !this.#isPaused && !this.#isClosed) {
      const command = this.#commands.shift()
      if (!command) return
      // The thread that answers is the one that sends the events: a command's own come after its reply.
      this.#held = []
      this.#handle(command)
      if (!this.#isBusy) this.#release()
    }
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#out.push(...held)
  }

  #handle({ line, headers, body }: EslCommand): void {
    const space = line.indexOf(' ')
    const verb = (space < 0 ? line : line.slice(0, space)).toLowerCase()
    const rest = space < 0 ? '' : line.slice(space + 1).trim()
    if (verb === 'exit') {
      this.#reply('+OK bye')
      this.#close()
    } else if (!this.#isAuthenticated) this.#authenticate(verb, rest)
    else if (verb === 'api' && rest !== '') this.#api(rest)
    else if (verb === 'bgapi' && rest !== '') this.#bgapi(rest, headers.get('job-uuid'))
    else if (verb === 'sendmsg') this.#sendmsg(rest, headers, body)
    else if (verb === 'event') this.#subscribe(rest.split(' '))
    else if (verb === 'nixevent') this.#unsubscribe(rest.split(' '))
    else if (verb === 'noevents') {
      const wasListening = this.#events.size > 0
      this.#events.clear()
      this.#reply(
        wasListening ? '+OK no longer listening for events' : '-ERR not listening for events',
      )
    } else if (verb === 'filter' && rest !== '') this.#filter(rest)
    else if (verb === 'linger' || verb === 'nolinger') this.#reply('-ERR not controlling a session')
    else if (verb === 'log') this.#reply('+OK log level  [7]')
    else if (verb === 'nolog') this.#reply('+OK no longer logging')
    else this.#reply('-ERR command not found')
  }

  #authenticate(verb: string, password: ByteString): void {
    if (verb !== 'auth') return this.#reply('-ERR command not found')
    this.#isAuthenticated = password === this.#password
    this.#reply(this.#isAuthenticated ? '+OK accepted' : '-ERR invalid')
    if (!this.#isAuthenticated) this.#close()
  }

  #api(command: ByteString): void {
    this.#isBusy = true
    runApi(this.#exchange, command, (text) => {
      this.#isBusy = false
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
    if (!channel) return this.#reply(`-ERR invalid session id [${uuid}]`)
    this.#reply('+OK')
    const command = headers.get('call-command')
    if (command !== 'execute' && command !== 'hangup') return
    const isText = headers.get('content-type') === 'text/plain'
    post(this.#exchange, channel, {
      command,
      application: headers.get('execute-app-name') ?? '',
      data: headers.get('execute-app-arg') ?? (isText ? body : ''),
      uuid: headers.get('event-uuid'),
      locks: headers.get('event-lock') === 'true',
      loops: Number(headers.get('loops') ?? 1),
      cause: headers.get('hangup-cause') ?? 'NORMAL_CLEARING',
    })
  }

  #subscribe(words: readonly string[]): void {
    const [first = '', ...others] = words
    const format = { plain, json }[first.toLowerCase()]
    if (format) this.format = format
    const names = format ? others : words
    let known = 0
    let isCustom = false
    for (const name of names.map((word) => word.toUpperCase())) {
      if (name === 'ALL') for (const each of Object.keys(eventKinds)) this.#events.add(each)
      else if (name in eventKinds || silentEvents.has(name)) this.#events.add(name)
      else if (!isCustom) continue
      isCustom ||= name === 'CUSTOM'
      known++
    }
    // CHANNEL_DATA is a name the switch knows, and an event it never fires.
    this.#events.delete('CHANNEL_DATA')
    this.#reply(
      known > 0 ? `+OK event listener enabled ${this.format.name}` : '-ERR no keywords supplied',
    )
  }

  #unsubscribe(names: readonly string[]): void {
    let known = 0
    for (const name of names.map((word) => word.toUpperCase())) {
      if (name === 'ALL') this.#events.clear()
      else if (name in eventKinds || silentEvents.has(name)) this.#events.delete(name)
      else continue
      known++
    }
    this.#reply(known > 0 ? '+OK events nixed' : '-ERR no keywords supplied')
  }

  #filter(rest: ByteString): void {
    const isDeletion = /^delete /i.test(rest)
    const [header = '', ...words] = (isDeletion ? rest.slice(7) : rest).split(' ')
    const value = words.join(' ')
    if (!isDeletion) {
      if (value === '') return this.#reply('-ERR invalid syntax')
      this.#filters.push({ header, value })
      return this.#reply(`+OK filter added. [${header}]=[${value}]`)
    }
    this.#filters =
      header === 'all'
        ? []
        : this.#filters.filter(
            (filter) => filter.header !== header || (value !== '' && filter.value !== value),
          )
    this.#reply(`+OK filter deleted. [${header}][${value}]`)
  }

  /** An event passes when any filter lets it. */
  #passes(content: EventContent): boolean {
    const lines = this.#exchange.text(content, plain).split('\n')
    return this.#filters.some(({ header, value }) => {
      const wanted = plain.header(header, value).slice(0, -1)
      if (!value.startsWith('/')) return lines.includes(wanted)
      const pattern = new RegExp(value.slice(1).replace(/\/$/, ''))
      const line = lines.find((text) => text.startsWith(`${header}: `))
      return line !== undefined && pattern.test(decodeURIComponent(line.slice(header.length + 2)))
    })
  }

  #reply(text: string, more = ''): void {
    this.#out.push(`Content-Type: command/reply\nReply-Text: ${text}\n${more}\n`)
  }

  #frame(type: string, body: ByteString): void {
    this.#out.push(`Content-Type: ${type}\nContent-Length: ${body.length}\n\n${body}`)
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
