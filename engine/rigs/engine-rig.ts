import { createMemoryBus } from '../bus/memory/memory.ts'
import type { EngineEvent } from '../catalogue/events/events.ts'
import type { AgentId, QueueId, TenantId } from '../catalogue/ids.ts'
import { plainAgent, plainMembership, plainQueue, plainTenant } from '../core/plain-settings.ts'
import type { AgentSettings, Membership, QueueSettings } from '../core/settings.ts'
import type { Flow } from '../flow/flow.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import { createDialClaims, type DialClaims } from '../runtime/dial-claims.ts'
import { Engine } from '../runtime/engine.ts'
import type {
  AgentRuntimeSettings,
  QueueRuntimeSettings,
  TenantSettings,
} from '../runtime/settings.ts'
import type { LegSnapshot, Switch } from '../switch/switch.ts'
import { FakeSwitch } from '../testing/fake-switch.ts'
import { ManualClock } from '../testing/manual-clock.ts'

/** An event as the engine passed it to the outbox. */
export interface Published {
  readonly event: EngineEvent
  readonly key: string
  readonly sequence: number
}

type QueueChoice = Partial<QueueSettings> & Partial<Omit<QueueRuntimeSettings, 'settings'>>
type AgentChoice = Partial<Omit<AgentSettings, 'queues'>> & {
  readonly queues?: readonly (string | Membership)[]
}

/** A tenant `acme` for tests; the dialled number is the name of the queue or the flow. */
export function tenantSettings(
  queues: Readonly<Record<string, QueueChoice>>,
  agents: Readonly<Record<string, AgentChoice>>,
  rules: Partial<TenantSettings['rules']> = {},
  flows: Readonly<Record<string, unknown>> = {},
): TenantSettings {
  const all = Object.keys(queues) as QueueId[]
  return {
    tenantId: 'acme' as TenantId,
    rules: { ...plainTenant, ...rules },
    queues: new Map(
      Object.entries(queues).map(([id, choice]) => [id as QueueId, queue(id, choice)]),
    ),
    agents: new Map(
      Object.entries(agents).map(([id, choice]) => [id as AgentId, agent(id, all, choice)]),
    ),
    flows: new Map(
      Object.entries(flows).map(([name, json]) => [name, flow(json, (id) => id in queues)]),
    ),
    outbound: {
      address: 'sofia/gateway/gw/{number}',
      callerId: undefined,
      ringMs: 30_000,
      switches: undefined,
    },
    classifyWithinMs: 150,
    findRoute: (number) => {
      const queueId = all.find((id) => id === number)
      const target = { type: 'flow', flow: number } as const
      return queueId === undefined
        ? number in flows
          ? target
          : undefined
        : { type: 'queue', queueId }
    },
  }
}

function flow(json: unknown, hasQueue: (queue: string) => boolean): Flow {
  const parsed = parseFlow(json, hasQueue)
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.faults))
  }
  return parsed.flow
}

function queue(id: string, choice: QueueChoice): QueueRuntimeSettings {
  const {
    music = 'music',
    ringback,
    overflow = { maxWait: { type: 'hangUp', cause: 'NORMAL_CLEARING' } },
    stickyHold = 0,
    actions = new Map(),
    serviceLevelMs = 20_000,
    ...rest
  } = choice
  return {
    music,
    ringback,
    overflow,
    stickyHold,
    actions,
    serviceLevelMs,
    settings: {
      ...plainQueue(id as QueueId),
      ringMs: 15_000,
      retryDeclinedMs: 30_000,
      ...rest,
    },
  }
}

function agent(id: string, all: readonly QueueId[], choice: AgentChoice): AgentRuntimeSettings {
  const { queues, ...rest } = choice
  return {
    address: `user/${id}`,
    settings: {
      ...plainAgent(id as AgentId),
      queues: (queues ?? all).map((place) =>
        typeof place === 'string' ? plainMembership(place as QueueId) : place,
      ),
      ...rest,
    },
  }
}

const nothing = () => undefined
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** An engine on a manual clock and a fake switch. What it publishes, logs and counts is recorded. */
export class EngineRig {
  readonly clock: ManualClock
  readonly engine: Engine
  readonly counts: Partial<Record<string, number>> = {}
  readonly warnings: string[] = []
  #published: Published[] = []
  #ids = 0

  constructor(
    settings: TenantSettings,
    link: Switch,
    clock = new ManualClock(),
    claims: DialClaims = createDialClaims(createMemoryBus({ clock, log: quiet })),
  ) {
    this.clock = clock
    const count = (name: string) => {
      this.counts[name] = (this.counts[name] ?? 0) + 1
    }
    const warn = (_fields: unknown, message: string) => this.warnings.push(message)
    this.engine = new Engine([settings], [link], {
      clock,
      log: { debug: () => undefined, info: () => undefined, warn, error: warn },
      meter: {
        eventIgnored: (_tenant, event) => count(`ignored ${event}`),
        faulted: () => count('faulted'),
        strategyFailed: (_tenant, _queue, strategy) => count(`strategy ${strategy}`),
        flowFailed: (_tenant, name, problem) => count(`flow ${name} ${problem}`),
        variableMalformed: (_tenant, variable) => count(`malformed ${variable}`),
      },
      newId: () => {
        this.#ids += 1
        return `id-${this.#ids}`
      },
      claims,
      publish: (event, _tenant, key, sequence) => this.#published.push({ event, key, sequence }),
    })
    this.engine.start()
  }

  /** Returns what was published since the last call. */
  takePublished(): readonly Published[] {
    const published = this.#published
    this.#published = []
    return published
  }

  /** Returns the events published since the last call, except those about agents, in order. */
  takeEvents(): readonly EngineEvent[] {
    return this.takePublished()
      .map(({ event }) => event)
      .filter(({ type }) => type !== 'agent.stateChanged')
  }

  /** The types of {@link takeEvents}. */
  takeCallEvents(): readonly string[] {
    return this.takeEvents().map(({ type }) => type)
  }

  get tenant() {
    const tenant = this.engine.tenants.get('acme')
    if (tenant === undefined) {
      throw new Error('there is no tenant acme')
    }
    return tenant
  }

  get acd() {
    return this.tenant.acd
  }
}

/** An engine on a fake switch that is connected and has these legs. */
export async function startEngine(settings: TenantSettings, found: readonly LegSnapshot[] = []) {
  const link = new FakeSwitch()
  const rig = new EngineRig(settings, link)
  await link.connect(found)
  return { link, rig }
}
