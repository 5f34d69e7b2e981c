import type { EpochMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { Alarm } from './alarm.ts'
import type { CallHandle } from './call-registry.ts'
import { WakeUps } from './wake-ups.ts'

interface InboxPorts<W> {
  readonly clock: Clock
  /** The next deadline of the core. */
  nextCoreWakeAt(): EpochMs | undefined
  /** The work that lets the core handle its deadlines. */
  readonly coreWakeUp: W
  /** The work that lets a call handle its deadline. */
  callWakeUp(handle: CallHandle, at: EpochMs): W
  carryOut(work: W, at: EpochMs): void
  /** Called if a piece of work throws; the others are still carried out. */
  failed(work: W, error: unknown, at: EpochMs): void
}

/**
 * The work of one tenant, in order. Each piece of work is carried out in one turn, together with
 * everything that follows from it. Deadlines that have passed come first. One timer serves them all.
 */
export class Inbox<W> {
  readonly #ports: InboxPorts<W>
  readonly #work: W[] = []
  readonly #wakeUps: WakeUps
  readonly #alarm: Alarm
  #isRunning: boolean = false
  /** The instant of this turn. Machines and core see the same one, so no deadline passes between them. */
  #at: EpochMs

  constructor(ports: InboxPorts<W>) {
    this.#ports = ports
    this.#at = ports.clock.now()
    this.#wakeUps = new WakeUps((handle) => this.add(ports.callWakeUp(handle, this.#at)))
    this.#alarm = new Alarm(ports.clock, () => this.take(ports.coreWakeUp))
  }

  /** The instant of the current turn. */
  get at(): EpochMs {
    return this.#at
  }

  /** Adds work to the current turn. */
  add(work: W): void {
    this.#work.push(work)
  }

  /** Carries out work in a new turn. */
  take(work: W): void {
    this.begin()
    this.add(work)
    this.run()
  }

  /** Adds work to the current turn, or carries it out in a new one if there is none. */
  addOrTake(work: W): void {
    if (this.#isRunning) {
      this.add(work)
    } else {
      this.take(work)
    }
  }

  /** Begins a turn: first handles the deadlines that have passed, with everything that follows. */
  begin(): void {
    this.#at = this.#ports.clock.now()
    const wakeAt = this.#nextWakeAt()
    if (wakeAt !== undefined && wakeAt <= this.#at) {
      this.add(this.#ports.coreWakeUp)
      this.#wakeUps.wakeUntil(this.#at)
      this.run()
    }
  }

  /** Carries out all work, then sets the timer for the next deadline. */
  run(): void {
    this.#isRunning = true
    for (let work = this.#work.shift(); work !== undefined; work = this.#work.shift()) {
      try {
        this.#ports.carryOut(work, this.#at)
      } catch (error) {
        this.#ports.failed(work, error, this.#at)
      }
    }
    this.#isRunning = false
    this.#alarm.set(this.#nextWakeAt())
  }

  /** Updates the deadline of a call. Must be called after every event. */
  follow(handle: CallHandle): void {
    this.#wakeUps.update(handle)
  }

  /** Stops the timer: no deadline is handled from now on. */
  stop(): void {
    this.#alarm.stop()
  }

  #nextWakeAt(): EpochMs | undefined {
    const [core, call] = [this.#ports.nextCoreWakeAt(), this.#wakeUps.nextAt()]
    return core === undefined || call === undefined ? (core ?? call) : Math.min(core, call)
  }
}
