import type { EpochMs, QueueId } from '../catalogue/ids.ts'
import type { TenantConfig } from '../config/engine-config.ts'
import { SwitchyardError } from '../errors.ts'
import { DayCounter, type DayFigures, type Figures, type Thresholds } from './day-figures.ts'
import { type EventLine, readEventLines } from './event-lines.ts'
import { type RecordedDay, Recording } from './recording.ts'
import { minObserved, replayDay } from './replay-day.ts'

/** A day as it was, and as it would have been. */
export interface Comparison {
  readonly tenant: string
  readonly seed: number
  readonly fromAt: EpochMs
  readonly toAt: EpochMs
  readonly all: Columns
  /** In the order of their names. */
  readonly queues: readonly ({ readonly queue: string } & Columns)[]
  /** What a reader must know before trusting a figure, in sentences. */
  readonly notes: readonly string[]
}

/** The figures of one queue, or of all. Undefined where the queue had no calls in that column. */
export interface Columns {
  readonly recorded: Figures | undefined
  /** Undefined everywhere without an old configuration to compare with. */
  readonly old: Figures | undefined
  readonly new: Figures | undefined
}

export interface CompareOptions {
  /** Lines of events, as `switchyard events` writes them. */
  readonly lines: AsyncIterable<string> | Iterable<string>
  /** The rules to try, with strategy plugins loaded. */
  readonly tenant: TenantConfig
  /** The rules of the day itself, to show how close a simulation comes to the recording. */
  readonly against?: TenantConfig
  readonly seed: number
}

/**
 * Reads a recorded day and plays it under other rules. All columns use the thresholds of
 * the new configuration: another threshold does not change the service.
 *
 * @throws SwitchyardError SY_BUS_INVALID for a line that is not an event, or if the tenant has no calls in the events
 */
export async function compareRules(options: CompareOptions): Promise<Comparison> {
  const { lines, tenant, against, seed } = options
  const thresholds = thresholdsOf(tenant, against)
  const counter = new DayCounter(thresholds)
  const recording = new Recording(tenant.tenantId, (event) => counter.record(event))
  const tenants = new Set<string>()
  for await (const { event, line } of readEventLines(lines) as AsyncIterable<EventLine>) {
    tenants.add(event.tenant)
    recording.add(event, line)
  }
  const day = recording.end()
  if (day === undefined) {
    throw noCalls(tenant.tenantId, tenants)
  }
  const recorded = counter.figures()
  const played = (rules: TenantConfig) => {
    const simulated = new DayCounter(thresholds)
    replayDay(day, { tenant: rules, seed, publish: (event) => simulated.record(event) })
    return simulated.figures()
  }
  const under = { old: against === undefined ? undefined : played(against), new: played(tenant) }
  const names = [recorded, under.old, under.new].flatMap((one) => [...(one?.queues.keys() ?? [])])
  return {
    tenant: tenant.tenantId,
    seed,
    fromAt: day.startAt,
    toAt: day.endAt,
    all: { recorded: recorded.all, old: under.old?.all, new: under.new.all },
    queues: [...new Set(names)]
      .sort((a, b) => (a < b ? -1 : 1))
      .map((queue) => ({
        queue,
        recorded: recorded.queues.get(queue),
        old: under.old?.queues.get(queue),
        new: under.new.queues.get(queue),
      })),
    notes: notesOn(day, recorded, options),
  }
}

function thresholdsOf(
  tenant: TenantConfig,
  against: TenantConfig | undefined,
): (queue: string) => Thresholds {
  const plain = { serviceLevelMs: 20_000, shortAbandonMs: 5_000 }
  return (queue) =>
    tenant.queues.get(queue as QueueId) ?? against?.queues.get(queue as QueueId) ?? plain
}

function noCalls(tenant: string, tenants: ReadonlySet<string>): SwitchyardError {
  const found =
    tenants.size === 0
      ? 'there are no events'
      : `the events belong to ${[...tenants].join(', ')}; choose a tenant with --tenant`
  return new SwitchyardError('SY_BUS_INVALID', `no calls of tenant ${tenant}: ${found}`)
}

/** What was left out, and what was estimated from how many observations. */
function notesOn(
  day: RecordedDay,
  recorded: DayFigures,
  { tenant, against }: CompareOptions,
): readonly string[] {
  const { calls, agents, unknown } = day
  const notes: string[] = []
  const without = (rules: TenantConfig, name: string) => {
    for (const queue of recorded.queues.keys()) {
      if (!rules.queues.has(queue as QueueId)) {
        const count = calls.filter(({ queueId }) => queueId === queue).length
        notes.push(
          `${upper(name)} has no queue ${queue}: the ${count} calls that arrived there are left out.`,
        )
      }
    }
    const gone = [...agents.first.keys()].filter((agentId) => !rules.agents.has(agentId))
    if (gone.length > 0) {
      notes.push(`${upper(name)} lacks agents of the recording: ${gone.join(', ')}.`)
    }
    const added = [...rules.agents.keys()].filter((agentId) => !agents.first.has(agentId))
    if (added.length > 0) {
      notes.push(
        `Agents not in the recording keep their status of ${name} all day: ${added.join(', ')}.`,
      )
    }
  }
  without(tenant, 'the new configuration')
  if (against !== undefined) {
    without(against, 'the old configuration')
  }
  const abandoned = calls.filter(({ wait, leaves }) => wait.hasEnded && leaves === 'abandoned')
  const estimated = calls.filter(({ wait }) => !wait.hasEnded).length
  notes.push(
    abandoned.length === 0
      ? 'Nobody gave up in the recording, so the replay assumes infinite patience.'
      : `Patience is known for ${abandoned.length} calls and estimated for ${estimated}${few(abandoned.length)}.`,
  )
  const untalked = calls.filter(({ talk }) => talk?.hasEnded !== true).length
  if (untalked > 0) {
    notes.push(`Talk time is estimated for ${untalked} calls.`)
  }
  const ignored = [...unknown.types, ...unknown.fields]
  if (ignored.length > 0) {
    const list = ignored.map(([name, count]) => `${name} (${count})`).join(', ')
    notes.push(`Ignored because this version does not know them: ${list}.`)
  }
  return notes
}

function upper(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function few(count: number): string {
  return count < minObserved
    ? ', from few observations: treat the figures on abandonment with care'
    : ''
}
