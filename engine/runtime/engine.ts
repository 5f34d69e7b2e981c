import type { DurationMs, SwitchId } from '../catalogue/ids.ts'
import type { Switch } from '../switch/switch.ts'
import { CallRegistry } from './call-registry.ts'
import { EventRouter } from './event-router.ts'
import { Reconciler } from './reconciler.ts'
import type { TenantSettings } from './settings.ts'
import { SwitchLink } from './switch-link.ts'
import { Tenant } from './tenant.ts'
import type { TenantPorts } from './tenant-ports.ts'

/** The state of one switch's connection, for the readiness check. */
export interface SwitchState {
  readonly switchId: SwitchId
  readonly isConnected: boolean
  /** The state of the switch has been read since it connected. */
  readonly isSynchronised: boolean
}

/** The expected wait of a call that arrives now. */
export interface ExpectedWait {
  readonly tenant: string
  readonly queue: string
  readonly expectedWaitMs: DurationMs | undefined
}

/**
 * The tenants and the switches of one engine. Each event of a switch is routed to its tenant and
 * call. After every connection the state of the switch is read and its calls are reconciled.
 */
export class Engine {
  readonly tenants: ReadonlyMap<string, Tenant>
  readonly #calls = new CallRegistry()
  readonly #links: ReadonlyMap<Switch, SwitchLink>
  readonly #ports: TenantPorts
  readonly #router: EventRouter
  readonly #reconciler: Reconciler
  #isStopped: boolean = false
  #ready: (() => void)[] = []
  #picked = 0

  constructor(tenants: readonly TenantSettings[], switches: readonly Switch[], ports: TenantPorts) {
    this.#ports = ports
    const requestReconcile = (home: Switch) => this.#links.get(home)?.requestReconcile()
    this.tenants = new Map(
      tenants.map((settings) => [
        settings.tenantId,
        new Tenant(settings, this.#calls, ports, requestReconcile, (names) =>
          this.#pickSwitch(names),
        ),
      ]),
    )
    const { clock, log } = ports
    this.#router = new EventRouter({ clock, log, calls: this.#calls, tenants: this.tenants })
    this.#reconciler = new Reconciler({ clock, log, calls: this.#calls, router: this.#router })
    this.#links = new Map(switches.map((home) => [home, this.#createLink(home)]))
  }

  start(): void {
    for (const link of this.#links.values()) {
      link.start()
    }
  }

  /** Stops without touching the calls on the switches: the next engine adopts them. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const tenant of this.tenants.values()) {
      tenant.stop()
    }
    await Promise.all([...this.#links.values()].map((link) => link.stop()))
  }

  /**
   * Applies new settings to the present tenants. Adding or removing a tenant needs a restart.
   *
   * @returns the tenants that a restart would add and remove
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

  /**
   * The expected wait of a call that arrives now, for each queue; undefined if there is not enough
   * data. Costs O(waiting calls).
   */
  *expectedWaits(): Iterable<ExpectedWait> {
    for (const { settings, acd } of this.tenants.values()) {
      const { tenantId: tenant } = settings
      for (const queueId of settings.queues.keys()) {
        yield { tenant, queue: queueId, expectedWaitMs: acd.expectWait(queueId) }
      }
    }
  }

  switchStates(): readonly SwitchState[] {
    return [...this.#links.values()].map(({ switch: { id }, isConnected, isSynchronised }) => ({
      switchId: id,
      isConnected,
      isSynchronised,
    }))
  }

  /**
   * Calls `listener` once, when the state of the first switch has been read: from then on callers
   * are served.
   */
  onceReady(listener: () => void): void {
    if (this.switchStates().some(({ isSynchronised }) => isSynchronised)) {
      listener()
    } else {
      this.#ready.push(listener)
    }
  }

  /** The number of callers that the engine has at present. */
  get liveCalls(): number {
    return this.#calls.size
  }

  /** The number of agents' legs at present: ringing, talking, or being hung up. */
  get liveAgentLegs(): number {
    return this.#calls.agentLegs
  }

  /** Round robin among the switches that are connected and whose state has been read. */
  #pickSwitch(names: readonly string[] | undefined): Switch | undefined {
    const able = [...this.#links.values()].filter(
      (link) =>
        link.isConnected && link.isSynchronised && (names?.includes(link.switch.id) ?? true),
    )
    this.#picked += 1
    return able[this.#picked % Math.max(1, able.length)]?.switch
  }

  #createLink(home: Switch): SwitchLink {
    const { clock, log } = this.#ports
    const link: SwitchLink = new SwitchLink(home, {
      clock,
      log,
      event: (event) => {
        if (!this.#isStopped) {
          this.#router.route(link, event)
        }
      },
      legs: (unreconciledSince) => this.#reconciler.legsOn(home, unreconciledSince),
      isKnown: (legId) => this.#reconciler.isKnown(legId),
      snapshot: (snapshot) => {
        this.#reconciler.apply(link, snapshot)
        for (const listener of this.#ready.splice(0)) {
          listener()
        }
      },
      lost: () => {
        if (!this.#isStopped) {
          this.#reconciler.cutOff(home)
        }
      },
    })
    return link
  }
}
