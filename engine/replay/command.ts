import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { DurationMs, EpochMs, TenantId } from '../catalogue/ids.ts'
import type { EngineConfig, NatsConfig, TenantConfig } from '../config/engine-config.ts'
import { SwitchyardError } from '../errors.ts'
import { compareRules } from './compare.ts'
import { comparisonText } from './comparison-text.ts'
import { readEventLines } from './event-lines.ts'
import { explainCall } from './explain.ts'
import { splitLines } from './text-lines.ts'

/** What the commands touch of the world. */
export interface ReplayWorld {
  readonly now: () => EpochMs
  /** A configuration that is usable; throws for one that is not. */
  readConfig(path: string): EngineConfig
  /** The tenant with its strategy plugins. @throws SwitchyardError SY_CONFIG_INVALID for one that cannot be used */
  loadStrategies(tenant: TenantConfig): Promise<TenantConfig>
  /** The text of a file, `-` is standard input, in pieces. */
  read(path: string): AsyncIterable<string>
  /** The events that a broker keeps, each a line without its end. */
  stored(
    bus: NatsConfig,
    of: { readonly tenant: string | undefined; readonly sinceAt: EpochMs | undefined },
  ): AsyncIterable<string>
  /** Resolves when more can be taken. */
  out(text: string): Promise<void> | void
}

/**
 * `switchyard replay EVENTS --config NEW [--against OLD]`: a recorded day under other rules.
 *
 * @throws SwitchyardError SY_USAGE, or SY_BUS_INVALID naming the line that is no event
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
    throw usage('replay: --config NEW is missing: the rules to try')
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
 * `switchyard events --config FILE`: the events that the broker keeps, as lines, up to the last there is.
 *
 * @throws SwitchyardError SY_USAGE, also when the events are kept in the engine's memory alone
 */
export async function runEvents(args: readonly string[], world: ReplayWorld): Promise<void> {
  const { values, positionals } = parse('events', args, {
    config: { type: 'string', short: 'c' },
    since: { type: 'string' },
    tenant: { type: 'string' },
  })
  const { config: path, since, tenant } = values
  if (path === undefined || positionals.length > 0) {
    throw usage('events: --config FILE is missing, or there is more than that')
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
 * `switchyard explain CALL_ID (--config FILE | --events FILE)`: the story of a call.
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
    throw usage('explain: say where the events are: --config FILE or --events FILE')
  }
  const lines = events === undefined ? storedFor(world, path ?? '') : splitLines(world.read(events))
  const story = await explainCall(readEventLines(lines), callId)
  if (story === undefined) {
    throw usage(
      'explain: no event of this call; events are kept for a week, and older ones in the files you wrote',
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
    throw usage(`${command}: with "bus: memory" of ${path} events end with the engine; ${cure}`)
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
    throw refusal(`${path} has several tenants: choose one with --tenant: ${names}`)
  }
  const tenant = tenants.get(wanted as TenantId)
  if (tenant === undefined) {
    throw refusal(`${path} has no tenant ${wanted}, only: ${names}`)
  }
  return tenant
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function spanOf(text: string): DurationMs {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) {
    throw usage('events: --since takes a span: 90s, 30m, 2h, 1d')
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
