import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Answered, EslReply } from './reply-queue.ts'

interface Job {
  readonly done: Answered
  readonly timer: Timer
}

/** The running background jobs of one connection, by id. */
export class JobTable {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #answer: (done: Answered, reply: EslReply) => void
  readonly #jobs = new Map<string, Job>()

  /** `answer` calls `done` and must not throw. */
  constructor(
    clock: Clock,
    random: () => number,
    answer: (done: Answered, reply: EslReply) => void,
  ) {
    this.#clock = clock
    this.#random = random
    this.#answer = answer
  }

  expect(id: string, limitMs: DurationMs, done: Answered): void {
    const timer = this.#clock.setTimer(limitMs, () =>
      this.finish(id, {
        ok: false,
        reason: 'timeout',
        message: `the background job did not end within ${limitMs} ms`,
      }),
    )
    this.#jobs.set(id, { done, timer })
  }

  /** Whether the job is ours: every client of the switch sees every job. */
  has(id: string): boolean {
    return this.#jobs.has(id)
  }

  finish(id: string, reply: EslReply): void {
    const job = this.#jobs.get(id)
    if (job !== undefined) {
      this.#jobs.delete(id)
      job.timer.cancel()
      this.#answer(job.done, reply)
    }
  }

  close(message: string): void {
    for (const id of [...this.#jobs.keys()]) {
      this.finish(id, { ok: false, reason: 'disconnected', message })
    }
  }

  /** An id that no other client uses, in the form of a version 4 UUID: the switch truncates longer ids. */
  newId(): string {
    const hex = (digits: number) =>
      Math.floor(this.#random() * 16 ** digits)
        .toString(16)
        .padStart(digits, '0')
    return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`
  }
}
