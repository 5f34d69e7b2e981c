import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { EventView } from './event-view.ts'
import { JobTable } from './job-table.ts'
import type { EslMeter } from './meter.ts'
import type { OddCounter } from './odd-counter.ts'
import { type Answered, asReply, type EslReply, ReplyQueue } from './reply-queue.ts'

interface OpenCommandsPorts {
  readonly clock: Clock
  readonly random: () => number
  readonly meter: EslMeter
  readonly odd: OddCounter
}

/** The unanswered commands of one connection. Each is answered exactly once. */
export class OpenCommands {
  readonly #odd: OddCounter
  readonly #jobMs: DurationMs
  readonly #replies: ReplyQueue
  readonly #jobs: JobTable

  constructor(
    { commandMs, jobMs }: { readonly commandMs: DurationMs; readonly jobMs: DurationMs },
    { clock, random, meter, odd }: OpenCommandsPorts,
  ) {
    this.#odd = odd
    this.#jobMs = jobMs
    this.#replies = new ReplyQueue(clock, commandMs, {
      count: (name, outcome, microseconds) => meter.commandAnswered(name, outcome, microseconds),
      answer: (done, reply) => this.answer(done, reply),
    })
    this.#jobs = new JobTable(clock, random, (done, reply) => this.answer(done, reply))
  }

  /** Adds a command to those that wait for a reply. Replies arrive in the order of the commands. */
  expectReply(name: string, done: Answered): void {
    this.#replies.expect(name, done)
  }

  newJobId(): string {
    return this.#jobs.newId()
  }

  /** Waits for the event that ends a background job. @param extraMs how long it may take beyond `jobMs` */
  expectJob(id: string, extraMs: DurationMs, done: Answered): void {
    this.#jobs.expect(id, extraMs + this.#jobMs, done)
  }

  /** The switch refused to start a job. */
  endJob(id: string, reply: EslReply): void {
    this.#jobs.finish(id, reply)
  }

  /** Answers the oldest command that waits for a reply. */
  reply(text: string): void {
    if (!this.#replies.settle(asReply(text))) {
      this.#odd.count('replyUnasked')
    }
  }

  /** Handles the event that ends a job; returns false for any other event. */
  takeJobEvent(event: EventView): boolean {
    const id = event.get('Event-Name') === 'BACKGROUND_JOB' ? event.get('Job-UUID') : undefined
    if (id === undefined) {
      return false
    }
    if (this.#jobs.has(id)) {
      this.#jobs.finish(id, asReply(event.body()))
    }
    return true
  }

  /** Answers a command. If its callback throws, that is counted and logged. */
  answer(done: Answered, reply: EslReply): void {
    try {
      done(reply)
    } catch (error) {
      this.#odd.threw(error)
    }
  }

  /** Answers all commands, because the connection is gone. */
  close(message: string): void {
    this.#replies.close(message)
    this.#jobs.close(message)
  }
}
