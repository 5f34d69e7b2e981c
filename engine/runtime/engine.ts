import type { CallEvent } from '../call/call-event.ts'
import type { Clock, Timer } from '../clock.ts'
import type { DurationMs, LegId, SwitchId } from '../core/ids.ts'
import type { Logger } from '../log.ts'
import type { CallParked, SwitchEvent } from '../switch/event.ts'
import type { Switch } from '../switch/switch.ts'
import { type CallHandle, CallRegistry } from './call-registry.ts'
import { reconcile } from './reconcile.ts'
import type { TenantSettings } from './settings.ts'
import { Tenant, type TenantPorts } from './tenant.ts'

/** The switch's own list of channels lags: a second and a third look find what the first missed. */
const lookAgainMs: readonly DurationMs[] = [2_000, 10_000]

/** How long an adopted call's own late `park` event is not taken for a new arrival. */
const adoptionEchoMs: DurationMs = 2_000

export interface EnginePorts extends TenantPorts {
  readonly clock: Clock
  readonly log: Logger
  /** Told each time the truth of a switch has been read after connecting. */
  synchronised?(switchId: SwitchId): void
}

interface Line {
  readonly link: Switch
  isConnected: boolean
  isSynchronised: boolean
  /** Grows with each connection: a resync of an older one is void. */
  connection: number
  /** Legs that came or went since a snapshot was asked for. */
  fresh: Set<LegId>
  timers: Timer[]
}

/** The state of one switch's connection, for the readiness check. */
export interface SwitchState {
  readonly switchId: SwitchId
  readonly isConnected: boolean
  /** Its truth has been read since it connected. */
  readonly isSynchronised: boolean
}

/**
 * Hears the switches and gives each fact to the tenant and call it is about.
 * After every connection it reads the truth from the switch and mends what was missed.
 */
export class Engine {
  readonly tenants: ReadonlyMap<string, Tenant>
  readonly #calls = new CallRegistry()
  readonly #lines = new Map<SwitchId, Line>()
  readonly #ports: EnginePorts
  readonly #unknownTenants = new Set<string>()

  constructor(tenants: readonly TenantSettings[], switches: readonly Switch[], ports: EnginePorts) {
    this.#ports = ports
    this.tenants = new Map(
      tenants.map((settings) => [settings.tenantId, new Tenant(settings, this.#calls, ports)]),
    )
    for (const link of switches) {
      this.#lines.set(link.id, {
        link,
        isConnected: false,
        isSynchronised: false,
        connection: 0,
        fresh: new Set(),
        timers: [],
      })
    }
  }

  start(): void {
    for (const line of this.#lines.values()) {
      line.link.start({
        event: (event) => this.#hear(line, event),
        connected: () => this.#connect(line),
        disconnected: (error) => this.#disconnect(line, error),
      })
    }
  }

  /** Leaves the calls as they are on the switches, for the next engine to adopt. */
  async stop(): Promise<void> {
    for (const line of this.#lines.values()) {
      this.#cancelTimers(line)
    }
    await Promise.all([...this.#lines.values()].map(({ link }) => link.stop()))
    for (const tenant of this.tenants.values()) {
      tenant.stop()
    }
  }

  switchStates(): readonly SwitchState[] {
    return [...this.#lines].map(([switchId, { isConnected, isSynchronised }]) => ({
      switchId,
      isConnected,
      isSynchronised,
    }))
  }

  /** Calls that the engine holds now. */
  get liveCalls(): number {
    return this.#calls.size
  }

  #hear(line: Line, event: SwitchEvent): void {
    const at = this.#ports.clock.now()
    switch (event.type) {
      case 'callParked':
        line.fresh.add(event.callId)
        this.#arrive(line, event)
        break
      case 'offerEnded': {
        const { offerId, disposition, isTransferred } = event
        this.#tell(event.callId, { type: 'offerEnded', offerId, disposition, isTransferred, at })
        break
      }
      case 'legsJoined':
        this.#tell(event.callId, { type: 'joined', legId: event.agentLegId, at })
        break
      case 'legsParted': {
        const { agentLegId: legId, isCallerGone } = event
        this.#tell(event.callId, { type: 'parted', legId, isCallerGone, at })
        break
      }
      case 'legAnswered':
        this.#answer(line, event)
        break
      case 'legHeld':
      case 'legUnheld': {
        const handle = this.#calls.get(event.legId) ?? this.#calls.byAgentLeg(event.legId)
        this.#tellHandle(handle, { type: event.type === 'legHeld' ? 'held' : 'unheld', at })
        break
      }
      case 'legHungUp': {
        const { legId, cause } = event
        line.fresh.add(legId)
        this.#tellHandle(this.#calls.byAgentLeg(legId), { type: 'agentLegGone', legId, at })
        this.#tell(legId, { type: 'callerGone', cause, at })
        break
      }
    }
  }

  #tell(callId: LegId, event: CallEvent): void {
    this.#tellHandle(this.#calls.get(callId), event)
  }

  #tellHandle(handle: CallHandle | undefined, event: CallEvent): void {
    handle?.tenant.tell(handle, event)
  }

  #arrive(line: Line, { callId, channel }: CallParked): void {
    const at = this.#ports.clock.now()
    const known = this.#calls.get(callId)
    if (known?.isAdopted === true && at - known.bornAt < adoptionEchoMs) {
      return
    }
    this.#tellHandle(known, { type: 'parkedAgain', at })
    const tenant = this.tenants.get(channel.tenant)
    if (tenant === undefined) {
      this.#warnUnknownTenant(channel.tenant)
      return
    }
    const handle = tenant.accept(callId, line.link, channel)
    if (handle === undefined && channel.wayOutTask === undefined) {
      line.link.send({ type: 'hangUp', legId: callId, cause: 'UNALLOCATED_NUMBER' })
    }
  }

  /** A leg that answers after its offer ended is hung up at once. */
  #answer(line: Line, { legId, callId }: Extract<SwitchEvent, { type: 'legAnswered' }>): void {
    if (callId !== undefined && this.#calls.byAgentLeg(legId) === undefined) {
      line.link.send({ type: 'hangUp', legId, cause: 'ORIGINATOR_CANCEL' })
    }
  }

  /** Another engine's callers, perhaps: they are left to it, and to the dialplan's way out. */
  #warnUnknownTenant(tenant: string): void {
    if (!this.#unknownTenants.has(tenant) && this.#unknownTenants.size < 100) {
      this.#unknownTenants.add(tenant)
      this.#ports.log.warn({ tenant }, 'a caller came for a tenant that is not configured here')
    }
  }

  // Connections

  #connect(line: Line): void {
    line.isConnected = true
    line.connection += 1
    const { connection } = line
    void this.#synchronise(line, connection).then((isDone) => {
      if (isDone) {
        this.#lookAgain(line, connection)
      }
    })
  }

  #disconnect(line: Line, error: Error): void {
    if (line.isConnected) {
      this.#ports.log.warn({ switch: line.link.id, reason: error.message }, 'lost a switch')
    }
    line.isConnected = false
    line.isSynchronised = false
    this.#cancelTimers(line)
  }

  #lookAgain(line: Line, connection: number): void {
    line.timers = lookAgainMs.map((delayMs) =>
      this.#ports.clock.setTimer(delayMs, () => void this.#synchronise(line, connection)),
    )
  }

  #cancelTimers(line: Line): void {
    for (const timer of line.timers) {
      timer.cancel()
    }
    line.timers = []
  }

  /** Reads the truth and mends our picture of it. @returns false when the connection broke meanwhile */
  async #synchronise(line: Line, connection: number): Promise<boolean> {
    const { clock, log } = this.#ports
    const { link } = line
    const asked = [...this.#calls.all].filter(({ home }) => home === link)
    const versions = asked.map(({ version }) => version)
    const legs = asked.flatMap(({ callId, legs: agentLegs }) => [callId, ...agentLegs.keys()])
    line.fresh = new Set()
    try {
      const truth = await link.snapshot(legs)
      if (line.connection !== connection || !line.isConnected) {
        return false
      }
      const known = asked.filter(
        (handle, index) =>
          handle.version === versions[index] && this.#calls.get(handle.callId) === handle,
      )
      const isFresh = (legId: LegId) =>
        line.fresh.has(legId) ||
        this.#calls.get(legId) !== undefined ||
        this.#calls.byAgentLeg(legId) !== undefined
      const { facts, found, orphans } = reconcile(truth, known, isFresh, clock.now())
      for (const { handle, event } of facts) {
        handle.tenant.tell(handle, event)
      }
      for (const { callId, channel, found: state } of found) {
        this.tenants.get(channel.tenant)?.accept(callId, link, channel, state)
      }
      for (const legId of orphans) {
        link.send({ type: 'hangUp', legId, cause: 'ORIGINATOR_CANCEL' })
      }
      if (!line.isSynchronised) {
        line.isSynchronised = true
        this.#ports.synchronised?.(link.id)
      }
      const [missed, adopted, hungUp] = [facts.length, found.length, orphans.length]
      log.info({ switch: link.id, missed, adopted, hungUp }, 'read the truth of a switch')
      return true
    } catch (error) {
      // The connection broke, or the switch is too slow to tell: what comes next is a reconnect or the next look.
      log.warn({ switch: link.id, err: error }, 'could not read the truth of a switch')
      if (line.connection === connection && line.isConnected) {
        line.timers.push(clock.setTimer(1_000, () => this.#connect(line)))
      }
      return false
    }
  }
}
