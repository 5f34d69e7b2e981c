import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { DurationMs, EpochMs, TenantId } from '../catalogue/ids.ts'
import type { EngineConfig, NatsConfig, TenantConfig } from '../config/engine-config.ts'
import { SwitchyardError } from '../errors.ts'
import { compareRules } from './compare.ts'
import { comparisonText } from './comparison-text.ts'
import { readEventLines } from './event-lines.ts'
import { explainCall } from './explain.ts'
import { splitLines } from './split-lines.ts'

/** The commands' ports to the outside: clock, files, broker and terminal. */
export interface ReplayWorld {
  readonly now: () => EpochMs
  /** Reads a configuration. Throws if it is invalid. */
  readConfig(path: string): EngineConfig
  /**
   * Loads the strategy plugins of a tenant.
   *
   * @throws SwitchyardError SY_CONFIG_INVALID for a plugin that cannot be used
   */
  loadStrategies(tenant: TenantConfig): Promise<TenantConfig>
  /** Reads the text of a file in pieces. `-` is standard input. */
  read(path: string): AsyncIterable<string>
  /** Reads the events that a broker keeps, as lines without their ends. */
  stored(
    bus: NatsConfig,
    of: { readonly tenant: string | undefined; readonly sinceAt: EpochMs | undefined },
  ): AsyncIterable<string>
  /** Prints text. Resolves when more can be printed. */
  out(text: string): Promise<void> | void
}

/**
 * `switchyard replay EVENTS --config NEW [--against OLD]`: plays a recorded day under other rules.
 *
 * @throws SwitchyardError SY_USAGE, or SY_BUS_INVALID with the number of a line that is not an event
 */
export async function runReplay(args: readonly string[], world: ReplayWorld): Promise<void> {
  const { values, positionals } = parse('replay', args, {
    config: { type: 'string', short: 'c' },
    against: { type: 'string' },
    tenant: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  })
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) {
    throw usage('replay: name one file of EVENTS, or - for standard input')
  }
  const { config, against, seed = '' } = values
  if (config === undefined) {
    throw usage('replay: --config NEW is required: the rules to try')
  }
  if (!/^\d{1,9}$/.test(seed)) {
    throw usage('replay: --seed takes a whole number')
  }
  const tenant = tenantOf(world.readConfig(config), values.tenant, config)
  const old =
    against === undefined
      ? undefined
      : tenantOf(world.readConfig(against), tenant.tenantId, against)
  const comparison = await compareRules({
    lines: splitLines(world.read(path)),
    tenant: await world.loadStrategies(tenant),
    seed: Number(seed),
    ...(old === undefined ? {} : { against: await world.loadStrategies(old) }),
  })
  await world.out(
    values.json ? `${JSON.stringify(comparison, undefined, 2)}\n` : comparisonText(comparison),
  )
}

/**
 * `switchyard events --config FILE`: prints the events that the broker keeps, as lines, up to the current last one.
 *
 * @throws SwitchyardError SY_USAGE, also when the configuration has no broker
 */
export async function runEvents(args: readonly string[], world: ReplayWorld): Promise<void> {
  const { values, positionals } = parse('events', args, {
    config: { type: 'string', short: 'c' },
    since: { type: 'string' },
    tenant: { type: 'string' },
  })
  const { config: path, since, tenant } = values
  if (path === undefined || positionals.length > 0) {
    throw usage('events: give --config FILE, and nothing but options')
  }
  const config = world.readConfig(path)
  const bus = brokerOf(config, 'events', path)
  if (tenant !== undefined) {
    tenantOf(config, tenant, path)
  }
  const sinceAt = since === undefined ? undefined : world.now() - spanOf(since)
  for await (const line of world.stored(bus, { tenant, sinceAt })) {
    await world.out(`${line}\n`)
  }
}

/**
 * `switchyard explain CALL_ID (--config FILE | --events FILE)`: prints the story of a call.
 *
 * @throws SwitchyardError SY_USAGE, also when there is no event of the call
 */
export async function runExplain(args: readonly string[], world: ReplayWorld): Promise<void> {
  const { values, positionals } = parse('explain', args, {
    config: { type: 'string', short: 'c' },
    events: { type: 'string' },
  })
  const [callId, ...more] = positionals
  const { config: path, events } = values
  if (callId === undefined || more.length > 0) {
    throw usage('explain: name one CALL_ID')
  }
  if ((path === undefined) === (events === undefined)) {
    throw usage('explain: give either --config FILE or --events FILE')
  }
  const lines = events === undefined ? storedFor(world, path ?? '') : splitLines(world.read(events))
  const story = await explainCall(readEventLines(lines), callId)
  if (story === undefined) {
    throw usage(
      'explain: found no event of this call; a broker keeps a week by default, for older calls use --events FILE',
    )
  }
  await world.out(story)
}

function storedFor(world: ReplayWorld, path: string): AsyncIterable<string> {
  const bus = brokerOf(world.readConfig(path), 'explain', path)
  return world.stored(bus, { tenant: undefined, sinceAt: undefined })
}

function brokerOf({ bus }: EngineConfig, command: string, path: string): NatsConfig {
  if (bus.type === 'memory') {
    const cure = 'set bus.nats to keep them'
    throw usage(`${command}: ${path} has "bus: memory", which does not keep events; ${cure}`)
  }
  return bus
}

function tenantOf(
  { tenants }: EngineConfig,
  wanted: string | undefined,
  path: string,
): TenantConfig {
  const names = [...tenants.keys()].join(', ')
  const [only, ...others] = [...tenants.values()]
  if (wanted === undefined && only !== undefined && others.length === 0) {
    return only
  }
  if (wanted === undefined) {
    throw refusal(`${path} has several tenants; choose one with --tenant: ${names}`)
  }
  const tenant = tenants.get(wanted as TenantId)
  if (tenant === undefined) {
    throw refusal(`${path} has no tenant ${wanted}; it has: ${names}`)
  }
  return tenant
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function spanOf(text: string): DurationMs {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) {
    throw usage('events: --since takes a time span such as 90s, 30m, 2h or 1d')
  }
  return Number(digits) * unitMs[unit as keyof typeof unitMs]
}

function parse<T extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw usage(`${command}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function usage(message: string): SwitchyardError {
  return refusal(`switchyard ${message}`)
}

function refusal(message: string): SwitchyardError {
  return new SwitchyardError('SY_USAGE', message)
}
