import type { DurationMs, EpochMs, LegId } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type { LegSnapshot, Switch } from '../switch/switch.ts'

/** The switch's own list of channels lags: a second and a third look find what the first missed. */
const looksAfterConnectingMs: readonly DurationMs[] = [2_000, 10_000]

/** After a doubt, or a truth that could not be read. */
const lookSoonMs: DurationMs = 1_000

interface LinePorts {
  readonly clock: Clock
  readonly log: Logger
  event(event: SwitchEvent): void
  /**
   * Legs that shall be asked for one by one: of all calls, or of those that no truth
   * has judged since the switch connected.
   */
  legs(unjudgedSince: EpochMs | undefined): Iterable<LegId>
  /** Tells a leg that the engine holds. */
  isHeld(legId: LegId): boolean
  truth(truth: Truth): void
  /** Lost; called once for each time it was connected. */
  lost(): void
}

/** What a switch said of its channels. */
export interface Truth {
  readonly legs: readonly LegSnapshot[]
  readonly askedAt: EpochMs
  /** Tells legs that were asked for one by one: they were ours then. */
  wasAskedFor(legId: LegId): boolean
  /** Tells legs of which an event spoke since the truth was asked for: they are not as it says. */
  isFresh(legId: LegId): boolean
}

/** The connection to one switch, and when its truth is read. */
export class Line {
  readonly link: Switch
  readonly #ports: LinePorts
  readonly #timers = new Set<Timer>()
  #isConnected: boolean = false
  #isSynchronised = false
  /** Grows with each connection: a truth asked for on an older one is void. */
  #connection = 0
  #connectedAt: EpochMs = 0
  /** Legs that events spoke of while the truth is being read; undefined while it is not. */
  #fresh: Set<LegId> | undefined
  #isInDoubt: boolean = false

  constructor(link: Switch, ports: LinePorts) {
    this.link = link
    this.#ports = ports
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** The switch's truth has been read since it connected. */
  get isSynchronised(): boolean {
    return this.#isSynchronised
  }

  start(): void {
    this.link.start({
      event: (event) => this.#hear(event),
      connected: () => this.#connect(),
      disconnected: (error) => this.#disconnect(error),
    })
  }

  async stop(): Promise<void> {
    this.#cancelTimers()
    this.#connection += 1
    await this.link.stop()
  }

  /** Reads the truth soon, once for all doubts until then: only the switch knows what is so. */
  doubt(delayMs: DurationMs = lookSoonMs): void {
    if (!this.#isInDoubt && this.#isConnected) {
      this.#isInDoubt = true
      this.#lookIn(delayMs)
    }
  }

  #hear(event: SwitchEvent): void {
    if (this.#fresh !== undefined) {
      for (const legId of legsOf(event)) {
        this.#fresh.add(legId)
      }
    }
    this.#ports.event(event)
  }

  #connect(): void {
    this.#isConnected = true
    this.#connection += 1
    this.#connectedAt = this.#ports.clock.now()
    this.#cancelTimers()
    this.#fresh = undefined
    for (const delayMs of looksAfterConnectingMs) {
      this.#lookIn(delayMs, true)
    }
    void this.#look()
  }

  #disconnect(error: Error): void {
    this.#cancelTimers()
    this.#isSynchronised = false
    if (this.#isConnected) {
      this.#isConnected = false
      const { log, lost } = this.#ports
      log.warn({ switch: this.link.id, reason: error.message }, 'lost a switch')
      lost()
    }
  }

  #lookIn(delayMs: DurationMs, isForRest = false): void {
    const timer = this.#ports.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      void this.#look(isForRest)
    })
    this.#timers.add(timer)
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) {
      timer.cancel()
    }
    this.#timers.clear()
    this.#isInDoubt = false
  }

  /** @param isForRest passes over what is known and has been judged since the switch connected */
  async #look(isForRest = false): Promise<void> {
    if (this.#fresh !== undefined) {
      // One at a time: what events say meanwhile is kept for one only.
      this.#lookIn(lookSoonMs, isForRest)
      return
    }
    const { clock, log, legs, isHeld, truth } = this.#ports
    const connection = this.#connection
    const fresh = new Set<LegId>()
    this.#fresh = fresh
    this.#isInDoubt = this.#isInDoubt && isForRest
    try {
      const asked = new Set(legs(isForRest ? this.#connectedAt : undefined))
      const askedAt = clock.now()
      const snapshot = await this.link.snapshot(asked, isForRest ? isHeld : undefined)
      if (this.#connection === connection && this.#isConnected) {
        this.#fresh = undefined
        truth({
          legs: snapshot,
          askedAt,
          wasAskedFor: (legId) => asked.has(legId),
          isFresh: (legId) => fresh.has(legId),
        })
        this.#isSynchronised = true
      }
    } catch (error) {
      log.warn({ switch: this.link.id, err: error }, 'could not read the truth of a switch')
      if (this.#connection === connection && this.#isConnected) {
        this.#fresh = undefined
        this.#lookIn(lookSoonMs, isForRest)
      }
    }
  }
}

function legsOf(event: SwitchEvent): readonly LegId[] {
  switch (event.type) {
    case 'callParked':
    case 'callUnparked':
    case 'offerEnded':
    case 'promptEnded':
    case 'digitsCollected':
      return [event.callId]
    case 'legsJoined':
    case 'legsParted':
      return [event.callId, event.agentLegId]
    case 'legAnswered':
      return event.callId === undefined ? [event.legId] : [event.legId, event.callId]
    case 'legHeld':
    case 'legUnheld':
    case 'legHungUp':
      return [event.legId]
  }
}
