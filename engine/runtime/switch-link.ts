import type { DurationMs, EpochMs, LegId } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type { LegSnapshot, Switch } from '../switch/switch.ts'

/** The switch's list of channels lags behind: a second and a third reading find what the first missed. */
const readingsAfterConnectingMs: readonly DurationMs[] = [2_000, 10_000]

/** The delay after a request, or after a reading that failed. */
const shortDelayMs: DurationMs = 1_000

interface SwitchLinkPorts {
  readonly clock: Clock
  readonly log: Logger
  event(event: SwitchEvent): void
  /**
   * The legs to ask for by id: those of all calls, or only of the calls that have not been
   * reconciled since `unreconciledSince`.
   */
  legs(unreconciledSince: EpochMs | undefined): Iterable<LegId>
  /** Whether the engine knows this leg. */
  isKnown(legId: LegId): boolean
  /** The state of the switch has been read. */
  snapshot(snapshot: SwitchSnapshot): void
  /** The connection was lost; called once per connection. */
  lost(): void
}

/** The channels of a switch, with the context of the request. */
export interface SwitchSnapshot {
  readonly legs: readonly LegSnapshot[]
  readonly askedAt: EpochMs
  /** Whether the leg was asked for by id: it was ours at that time. */
  wasAskedFor(legId: LegId): boolean
  /** Whether an event about the leg arrived after the request: the snapshot may be older than the event. */
  isFresh(legId: LegId): boolean
}

/** The connection to one switch: passes its events on, and decides when its state is read. */
export class SwitchLink {
  readonly switch: Switch
  readonly #ports: SwitchLinkPorts
  readonly #timers = new Set<Timer>()
  #isConnected: boolean = false
  #isSynchronised = false
  /** Incremented with each connection: a snapshot requested on an earlier one is discarded. */
  #connection = 0
  #connectedAt: EpochMs = 0
  /** The legs named by events since a snapshot was requested; undefined while none is being read. */
  #fresh: Set<LegId> | undefined
  #isReadingRequested: boolean = false

  constructor(home: Switch, ports: SwitchLinkPorts) {
    this.switch = home
    this.#ports = ports
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** The state of the switch has been read since it connected. */
  get isSynchronised(): boolean {
    return this.#isSynchronised
  }

  start(): void {
    this.switch.start({
      event: (event) => this.#pass(event),
      connected: () => this.#connect(),
      disconnected: (error) => this.#disconnect(error),
    })
  }

  async stop(): Promise<void> {
    this.#cancelTimers()
    this.#connection += 1
    await this.switch.stop()
  }

  /** Reads the state of the switch after `delayMs`. Requests until then are merged. */
  requestReconcile(delayMs: DurationMs = shortDelayMs): void {
    if (!this.#isReadingRequested && this.#isConnected) {
      this.#isReadingRequested = true
      this.#readIn(delayMs)
    }
  }

  #pass(event: SwitchEvent): void {
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
    for (const delayMs of readingsAfterConnectingMs) {
      this.#readIn(delayMs, true)
    }
    void this.#read()
  }

  #disconnect(error: Error): void {
    this.#cancelTimers()
    this.#isSynchronised = false
    if (this.#isConnected) {
      this.#isConnected = false
      const { log, lost } = this.#ports
      log.warn({ switch: this.switch.id, reason: error.message }, 'lost the connection to a switch')
      lost()
    }
  }

  #readIn(delayMs: DurationMs, skipsReconciled = false): void {
    const timer = this.#ports.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      void this.#read(skipsReconciled)
    })
    this.#timers.add(timer)
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) {
      timer.cancel()
    }
    this.#timers.clear()
    this.#isReadingRequested = false
  }

  /**
   * @param skipsReconciled whether to skip known legs that have been reconciled since the switch
   * connected
   */
  async #read(skipsReconciled = false): Promise<void> {
    if (this.#fresh !== undefined) {
      // One reading at a time: `#fresh` belongs to one reading only.
      this.#readIn(shortDelayMs, skipsReconciled)
      return
    }
    const { clock, log, legs, isKnown } = this.#ports
    const connection = this.#connection
    const fresh = new Set<LegId>()
    this.#fresh = fresh
    this.#isReadingRequested = this.#isReadingRequested && skipsReconciled
    try {
      const asked = new Set(legs(skipsReconciled ? this.#connectedAt : undefined))
      const askedAt = clock.now()
      const found = await this.switch.snapshot(asked, skipsReconciled ? isKnown : undefined)
      if (this.#connection === connection && this.#isConnected) {
        this.#fresh = undefined
        this.#ports.snapshot({
          legs: found,
          askedAt,
          wasAskedFor: (legId) => asked.has(legId),
          isFresh: (legId) => fresh.has(legId),
        })
        this.#isSynchronised = true
      }
    } catch (error) {
      log.warn({ switch: this.switch.id, err: error }, 'could not read the state of a switch')
      if (this.#connection === connection && this.#isConnected) {
        this.#fresh = undefined
        this.#readIn(shortDelayMs, skipsReconciled)
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
