import type { EpochMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import { Alarm } from './alarm.ts'
import type { CallHandle } from './call-registry.ts'
import { WakeUps } from './wake-ups.ts'

interface InboxPorts<W> {
  readonly clock: Clock
  /** When the core wants to be woken. */
  nextCoreWakeAt(): EpochMs | undefined
  /** Work that tells the core that time has passed. */
  readonly coreWakeUp: W
  /** Work that tells a call that time has passed. */
  callWakeUp(handle: CallHandle, at: EpochMs): W
  carryOut(work: W, at: EpochMs): void
  /** A fault in one piece of work must not take the others with it. */
  failed(work: W, error: unknown, at: EpochMs): void
}

/**
 * The work of one tenant, in order: what is given to it is carried out in one turn, with all
 * that follows. Deadlines that have passed come first. One timer serves all of them.
 */
export class Inbox<W> {
  readonly #ports: InboxPorts<W>
  readonly #work: W[] = []
  readonly #wakeUps: WakeUps
  readonly #alarm: Alarm
  #isRunning: boolean = false
  /** The instant of this turn: machine and core see the same, so no deadline passes between them. */
  #at: EpochMs

  constructor(ports: InboxPorts<W>) {
    this.#ports = ports
    this.#at = ports.clock.now()
    this.#wakeUps = new WakeUps((handle) => this.add(ports.callWakeUp(handle, this.#at)))
    this.#alarm = new Alarm(ports.clock, () => this.take(ports.coreWakeUp))
  }

  /** The instant of the turn. */
  get at(): EpochMs {
    return this.#at
  }

  /** Work for the turn that is under way. */
  add(work: W): void {
    this.#work.push(work)
  }

  /** Work for a turn of its own. */
  take(work: W): void {
    this.begin()
    this.add(work)
    this.run()
  }

  /** Work for the turn that is under way, or for a turn of its own where none is. */
  addOrTake(work: W): void {
    if (this.#isRunning) {
      this.add(work)
    } else {
      this.take(work)
    }
  }

  /** Begins a turn: deadlines that have passed count, with all that follows, before what has just happened. */
  begin(): void {
    this.#at = this.#ports.clock.now()
    const wakeAt = this.#nextWakeAt()
    if (wakeAt !== undefined && wakeAt <= this.#at) {
      this.add(this.#ports.coreWakeUp)
      this.#wakeUps.wakeUntil(this.#at)
      this.run()
    }
  }

  /** Carries out all work, and sets the timer for what comes next. */
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

  /** Follows when a call wants to be woken: after every event it was told. */
  follow(handle: CallHandle): void {
    this.#wakeUps.update(handle)
  }

  /** Lets no deadline pass any more. */
  stop(): void {
    this.#alarm.stop()
  }

  #nextWakeAt(): EpochMs | undefined {
    const [core, call] = [this.#ports.nextCoreWakeAt(), this.#wakeUps.nextAt()]
    return core === undefined || call === undefined ? (core ?? call) : Math.min(core, call)
  }
}
