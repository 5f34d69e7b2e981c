import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { ExchangeOutcome } from '../switch/switch.ts'

/** The switch's answer to one command. */
export type EslReply =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false
      readonly reason: Exclude<ExchangeOutcome, 'ok'>
      readonly message: string
    }

export type Answered = (reply: EslReply) => void

interface Waiting {
  readonly name: string
  readonly sentAt: number
  /** Undefined once called: a reply that arrives after the time limit is discarded in its place. */
  done: Answered | undefined
}

/** Reads the text of a reply: `-ERR` and `-USAGE` are refusals, everything else is a result. */
export function asReply(text: string): EslReply {
  if (!text.startsWith('-')) {
    return { ok: true, text }
  }
  const end = text.indexOf('\n')
  return {
    ok: false,
    reason: 'refused',
    message: text.slice(0, end < 0 ? 200 : Math.min(end, 200)),
  }
}

export interface ReplyPorts {
  /** Called with each answer, exactly once for each command. */
  count(name: string, outcome: ExchangeOutcome, microseconds: number): void
  /** Calls `done`; must not throw. */
  answer(done: Answered, reply: EslReply): void
}

/**
 * The commands of one connection that wait for their replies. The switch
 * answers in the order of the commands (mod_event_socket.c reads and runs them
 * one by one), so a reply belongs to the oldest one, `api` or not.
 */
export class ReplyQueue {
  readonly #clock: Clock
  readonly #limitMs: DurationMs
  readonly #ports: ReplyPorts
  readonly #waiting: Waiting[] = []
  /** Entries before this index are answered; they stay until the array is compacted. */
  #head = 0
  /** The first entry whose time limit has not passed. */
  #firstLive = 0
  /** One timer for all: the limit is the same, so they expire in order. */
  #timer: Timer | undefined

  constructor(clock: Clock, limitMs: DurationMs, ports: ReplyPorts) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#ports = ports
  }

  expect(name: string, done: Answered): void {
    this.#waiting.push({ name, sentAt: this.#clock.microseconds(), done })
    this.#timer ??= this.#clock.setTimer(this.#limitMs, () => this.#expire())
  }

  /** Answers the oldest command with the reply; returns false when no command waits for one. */
  settle(reply: EslReply): boolean {
    const waiting = this.#waiting[this.#head]
    if (waiting === undefined) {
      return false
    }
    this.#head++
    this.#firstLive = Math.max(this.#firstLive, this.#head)
    if (this.#head >= 256 && this.#head * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#head)
      this.#firstLive -= this.#head
      this.#head = 0
    }
    this.#answer(waiting, reply)
    return true
  }

  /** Answers all waiting commands, because the connection is gone. */
  close(message: string): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const rest = this.#waiting.splice(0).slice(this.#head)
    this.#head = 0
    this.#firstLive = 0
    for (const waiting of rest) {
      this.#answer(waiting, { ok: false, reason: 'disconnected', message })
    }
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#clock.microseconds()
    const late: Waiting[] = []
    for (;;) {
      const waiting = this.#waiting[this.#firstLive]
      if (waiting === undefined) {
        break
      }
      const leftMs = this.#limitMs - (now - waiting.sentAt) / 1000
      // A timer may fire a fraction of a millisecond early.
      if (leftMs > 1) {
        this.#timer = this.#clock.setTimer(leftMs, () => this.#expire())
        break
      }
      this.#firstLive++
      late.push(waiting)
    }
    for (const waiting of late) {
      this.#answer(waiting, {
        ok: false,
        reason: 'timeout',
        message: `FreeSWITCH did not answer within ${this.#limitMs} ms`,
      })
    }
  }

  #answer(waiting: Waiting, reply: EslReply): void {
    const done = waiting.done
    if (done !== undefined) {
      waiting.done = undefined
      this.#ports.count(
        waiting.name,
        reply.ok ? 'ok' : reply.reason,
        this.#clock.microseconds() - waiting.sentAt,
      )
      this.#ports.answer(done, reply)
    }
  }
}
