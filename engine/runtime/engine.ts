import type { CallEvent, FoundCall } from '../call/call-event.ts'
import type { CallState } from '../call/live-call.ts'
import type { CallId, DurationMs, LegId, SwitchId } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { CallerChannel, SwitchEvent } from '../switch/event.ts'
import type { Switch } from '../switch/switch.ts'
import { type CallHandle, CallRegistry } from './call-registry.ts'
import { Line, type Truth } from './line.ts'
import { reconcile } from './reconcile.ts'
import type { TenantSettings } from './settings.ts'
import { Tenant } from './tenant.ts'
import type { TenantPorts } from './tenant-ports.ts'

/** How long an adopted call's own late `park` event is not taken for a new arrival. */
const adoptionEchoMs: DurationMs = 2_000

/** A call of which a fact came this lately is not judged by the truth: its last command may be on its way. */
const settlingMs: DurationMs = 1_000

/** What was mended is looked at again: a leg given up for lost may only have been slow. */
const mendedMs: DurationMs = 5_000

/** What a call does that its switch's absence interrupts. */
const mayBeCutOff: ReadonlySet<CallState> = new Set(['heldBack', 'waiting', 'ringing', 'inFlow'])

export interface EnginePorts extends TenantPorts {
  readonly clock: Clock
  readonly log: Logger
}

/** The state of one switch's connection, for the readiness check. */
export interface SwitchState {
  readonly switchId: SwitchId
  readonly isConnected: boolean
  /** Its truth has been read since it connected. */
  readonly isSynchronised: boolean
}

/** The wait of a call that would come now. */
export interface ExpectedWait {
  readonly tenant: string
  readonly queue: string
  readonly expectedWaitMs: DurationMs | undefined
}

/**
 * Hears the switches and gives each fact to the tenant and call it is about.
 * After every connection it reads the truth from the switch and mends what was missed.
 */
export class Engine {
  readonly tenants: ReadonlyMap<string, Tenant>
  readonly #calls = new CallRegistry()
  readonly #lines: ReadonlyMap<Switch, Line>
  readonly #ports: EnginePorts
  readonly #unknownTenants = new Set<string>()
  #isStopped: boolean = false
  #ready: (() => void)[] = []
  #picked = 0

  constructor(tenants: readonly TenantSettings[], switches: readonly Switch[], ports: EnginePorts) {
    this.#ports = ports
    const doubt = (link: Switch) => this.#lines.get(link)?.doubt()
    this.tenants = new Map(
      tenants.map((settings) => [
        settings.tenantId,
        new Tenant(settings, this.#calls, ports, doubt, (names) => this.#pickSwitch(names)),
      ]),
    )
    this.#lines = new Map(switches.map((link) => [link, this.#createLine(link)]))
  }

  start(): void {
    for (const line of this.#lines.values()) {
      line.start()
    }
  }

  /** Leaves the calls as they are on the switches, for the next engine to adopt. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const tenant of this.tenants.values()) {
      tenant.stop()
    }
    await Promise.all([...this.#lines.values()].map((line) => line.stop()))
  }

  /**
   * Goes on with other settings of the tenants it has. Tenants come and go only
   * with a start of the engine.
   *
   * @returns what was left as it was
   */
  reload(tenants: readonly TenantSettings[]): {
    readonly added: readonly string[]
    readonly removed: readonly string[]
  } {
    const names = new Set<string>(tenants.map(({ tenantId }) => tenantId))
    for (const settings of tenants) {
      this.tenants.get(settings.tenantId)?.change(settings)
    }
    return {
      added: [...names].filter((name) => !this.tenants.has(name)),
      removed: [...this.tenants.keys()].filter((name) => !names.has(name)),
    }
  }

  /** What a call would have to wait that came now, queue by queue; undefined where too little is known. Costs O(calls that wait). */
  *expectedWaits(): Iterable<ExpectedWait> {
    for (const { settings, acd } of this.tenants.values()) {
      const { tenantId: tenant } = settings
      for (const queueId of settings.queues.keys()) {
        yield { tenant, queue: queueId, expectedWaitMs: acd.expectWait(queueId) }
      }
    }
  }

  switchStates(): readonly SwitchState[] {
    return [...this.#lines.values()].map(({ link, isConnected, isSynchronised }) => ({
      switchId: link.id,
      isConnected,
      isSynchronised,
    }))
  }

  /** Calls `listener` once, when the truth of a first switch has been read: from then on callers are served. */
  onceReady(listener: () => void): void {
    if (this.switchStates().some(({ isSynchronised }) => isSynchronised)) {
      listener()
    } else {
      this.#ready.push(listener)
    }
  }

  /** Callers that the engine holds now. */
  get liveCalls(): number {
    return this.#calls.size
  }

  /** Agents' legs that the engine holds now: ringing, talking, or being hung up. */
  get liveAgentLegs(): number {
    return this.#calls.agentLegs
  }

  /** Each in its turn of those that are connected, and whose truth is known. */
  #pickSwitch(names: readonly string[] | undefined): Switch | undefined {
    const able = [...this.#lines.values()].filter(
      ({ link, isConnected, isSynchronised }) =>
        isConnected && isSynchronised && (names?.includes(link.id) ?? true),
    )
    this.#picked += 1
    return able[this.#picked % Math.max(1, able.length)]?.link
  }

  #createLine(link: Switch): Line {
    const { clock, log } = this.#ports
    const line: Line = new Line(link, {
      clock,
      log,
      event: (event) => this.#hear(line, event),
      legs: (unjudgedSince = Number.POSITIVE_INFINITY) =>
        this.#callsOn(link)
          .filter(({ bornAt, judgedAt }) => Math.max(bornAt, judgedAt) <= unjudgedSince)
          .flatMap(({ callId, legs }) => [callId, ...legs.keys()]),
      isHeld: (legId) => this.#isHeld(legId),
      truth: (truth) => this.#mend(line, truth),
      lost: () => this.#cutOff(link),
    })
    return line
  }

  #hear(line: Line, event: SwitchEvent): void {
    if (this.#isStopped) {
      return
    }
    const at = this.#ports.clock.now()
    switch (event.type) {
      case 'callParked': {
        const { callId, channel } = event
        const known = this.#calls.get(callId)
        if (known?.isAdopted !== true || at - known.bornAt >= adoptionEchoMs) {
          this.#tell(known, { type: 'leftPark', at })
          this.#take(line, callId, channel)
        }
        break
      }
      case 'callUnparked':
        this.#tell(this.#calls.get(event.callId), { type: 'leftPark', at })
        break
      case 'offerEnded': {
        const { callId, offerId, outcome, cause, isTransferred, isCallerGone = false } = event
        const fact = { type: 'offerEnded', offerId, outcome, cause, isTransferred, at } as const
        this.#tell(this.#calls.get(callId), { ...fact, isCallerGone })
        break
      }
      case 'legsJoined': {
        const { callId, agentLegId: legId } = event
        if (this.#calls.isShed(legId)) {
          this.#hangUp(line, legId, 'ORIGINATOR_CANCEL')
        } else {
          this.#tell(this.#calls.get(callId), { type: 'joined', legId, at })
        }
        break
      }
      case 'legsParted': {
        const { callId, agentLegId: legId, isCallerGone } = event
        this.#tell(this.#calls.get(callId), { type: 'parted', legId, isCallerGone, at })
        break
      }
      case 'legAnswered':
        this.#refuseOrphan(line, event)
        break
      case 'legHeld':
      case 'legUnheld': {
        const handle = this.#calls.get(event.legId) ?? this.#calls.byAgentLeg(event.legId)
        this.#tell(handle, { type: event.type === 'legHeld' ? 'held' : 'unheld', at })
        break
      }
      case 'legHungUp': {
        const { legId, outcome, isLost, cause } = event
        const agentLeg = this.#calls.byAgentLeg(legId)
        this.#tell(agentLeg, { type: 'agentLegGone', legId, outcome, cause, at })
        this.#calls.forget(legId)
        this.#tell(this.#calls.get(legId), { type: 'callerGone', isLost, cause, at })
        break
      }
      case 'promptEnded': {
        const { callId, promptId, outcome, key } = event
        this.#tell(this.#calls.get(callId), { type: 'promptEnded', promptId, outcome, key, at })
        break
      }
      case 'digitsCollected': {
        const { callId, promptId, digits } = event
        this.#tell(this.#calls.get(callId), { type: 'digitsCollected', promptId, digits, at })
        break
      }
    }
  }

  #tell(handle: CallHandle | undefined, event: CallEvent): void {
    handle?.tenant.tell(handle, event)
  }

  /** A caller nobody can serve is hung up where the dialplan has no way out for them. */
  #take(line: Line, callId: CallId, channel: CallerChannel, found?: FoundCall): void {
    const tenant = this.tenants.get(channel.tenant)
    if (tenant === undefined) {
      this.#warnUnknownTenant(channel.tenant)
      return
    }
    // Whoever took the call has ended its way out.
    const hasWayOut = channel.wayOutTask !== undefined && channel.enqueuedAt === undefined
    if (tenant.accept(callId, line.link, channel, found) === undefined && !hasWayOut) {
      this.#hangUp(line, callId, 'UNALLOCATED_NUMBER')
    }
  }

  /** A leg that answers after its offer ended is hung up at once. */
  #refuseOrphan(line: Line, { legId, callId }: Extract<SwitchEvent, { type: 'legAnswered' }>) {
    if (callId !== undefined && !this.#mayTalk(line, legId, callId)) {
      this.#calls.shed(legId, this.#ports.clock.now())
      this.#hangUp(line, legId, 'ORIGINATOR_CANCEL')
    }
  }

  #mayTalk(line: Line, legId: LegId, callId: CallId): boolean {
    const call = this.#calls.byAgentLeg(legId)?.call
    if (call !== undefined) {
      return call.state === 'cutOff' || call.wants(legId)
    }
    // Until the truth has been read it may be another engine's good offer, to a call unknown to us.
    return !line.isSynchronised && this.#calls.get(callId) === undefined
  }

  /** Ends a leg that no call of ours has. */
  #hangUp(line: Line, legId: LegId, cause: string): void {
    line.link.send({ type: 'hangUp', legId, cause }, (result) => {
      if (!result.ok && result.reason !== 'noSuchLeg') {
        line.doubt()
      }
    })
  }

  /** Another engine's callers, perhaps: they are left to it, and to the dialplan's way out. */
  #warnUnknownTenant(tenant: string): void {
    if (!this.#unknownTenants.has(tenant) && this.#unknownTenants.size < 100) {
      this.#unknownTenants.add(tenant)
      this.#ports.log.warn({ tenant }, 'a caller came for a tenant that is not configured here')
    }
  }

  // The truth of a switch

  #callsOn(link: Switch): CallHandle[] {
    return [...this.#calls.all].filter(({ home }) => home === link)
  }

  #cutOff(link: Switch): void {
    if (this.#isStopped) {
      return
    }
    const at = this.#ports.clock.now()
    for (const handle of this.#callsOn(link)) {
      const { state } = handle.call
      if (mayBeCutOff.has(state)) {
        this.#tell(handle, { type: 'cutOff', at })
      }
    }
  }

  #isHeld(legId: LegId): boolean {
    return this.#calls.get(legId) !== undefined || this.#calls.byAgentLeg(legId) !== undefined
  }

  #mend(line: Line, { legs: truth, askedAt, wasAskedFor, isFresh }: Truth): void {
    const { clock, log } = this.#ports
    const { link } = line
    const at = clock.now()
    const settled = this.#callsOn(link).filter(
      ({ callId, legs, changedAt }) =>
        wasAskedFor(callId) &&
        askedAt - changedAt >= settlingMs &&
        ![callId, ...legs.keys()].some(isFresh),
    )
    for (const handle of settled) {
      handle.judgedAt = at
    }
    const isKnown = (legId: LegId) => isFresh(legId) || wasAskedFor(legId) || this.#isHeld(legId)
    const isShed = (legId: LegId) => this.#calls.isShed(legId)
    const { facts, found, orphans } = reconcile(truth, settled, isKnown, isShed, at)
    for (const legId of orphans) {
      this.#hangUp(line, legId, 'ORIGINATOR_CANCEL')
    }
    for (const { handle, event } of facts) {
      this.#tell(handle, event)
    }
    for (const handle of settled) {
      const { state } = handle.call
      if (state === 'cutOff' || state === 'leaving') {
        this.#tell(handle, { type: 'restored', at })
      }
    }
    for (const { callId, channel, found: state } of found) {
      this.#take(line, callId, channel, state)
    }
    if (facts.length > 0) {
      line.doubt(mendedMs)
    }
    const [missed, adopted, hungUp] = [facts.length, found.length, orphans.length]
    log.info({ switch: link.id, missed, adopted, hungUp }, 'read the truth of a switch')
    for (const listener of this.#ready.splice(0)) {
      listener()
    }
  }
}
