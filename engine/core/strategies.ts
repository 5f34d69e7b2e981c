import type { DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { Requirement } from '../catalogue/needs.ts'
import { type AgentFigures, type AgentOrder, orderBy } from './agent-order.ts'
import { skillMatch } from './requirement.ts'
import { countWork } from './workload.ts'

/** The moment a decision is recorded, and what the call asks for. */
export interface Measurement {
  readonly now: EpochMs
  readonly occupancyWindowMs: DurationMs
  readonly requires: Requirement
}

/**
 * What agents are compared by. A strategy has one; several strategies may have the same.
 */
interface Criterion {
  /**
   * The order of ready agents of one level in a queue. The same object for every queue where it can
   * be.
   */
  orderIn(queueId: QueueId): AgentOrder
  /** What was compared of an agent, in a unit that people read: the `key` of a decision record. */
  measure(agent: AgentFigures, order: AgentOrder, measurement: Measurement): number
  /** {@link measure} in words. */
  describe(measured: number): string
}

/** What is special about a strategy; what is left out is as for most. */
interface Traits {
  /** Who is offered the call first, as a table of strategies lists it. */
  readonly first: string
  /** The order as an explanation of one decision puts it, after a comma. */
  readonly inShort: string
  /**
   * How many phones ring for one call: one, up to `ringAtMost` all at once, or up to
   * `ringAtMost` with `ringStepMs` between them. @default 'one'
   */
  readonly rings?: 'one' | 'atOnce' | 'stepwise'
  /** Whether agents draw a number when they become ready. @default false */
  readonly isDrawn?: boolean
  /**
   * Whether the levels in the skills first asked for are compared before the order.
   *
   * @default false
   */
  readonly comparesSkills?: boolean
  /** Whether the position of an agent in the queue counts. @default false */
  readonly usesPosition?: boolean
}

/**
 * How a queue orders its ready agents of one level for a call, and how many phones ring.
 * Equals are settled by the longest idle time, then by id.
 */
export interface Strategy<Name extends string = string> extends Criterion, Required<Traits> {
  readonly name: Name
}

const byIdle: Criterion = {
  ...criterion('idle', ({ idleSinceAt }) => idleSinceAt),
  measure: ({ idleSinceAt }, _, { now }) => now - idleSinceAt,
  describe: (idleMs) => `idle ${inSeconds(idleMs)}`,
}

const byPosition: Criterion = {
  orderIn: (queueId) =>
    orderBy(`position in ${queueId}`, ({ memberships }) => memberships.get(queueId)?.position ?? 0),
  measure: (agent, order) => order.key(agent),
  describe: (position) => `position ${position}`,
}

/**
 * All strategies, in the order of the documents. A new one needs an entry here and nothing else
 * in the engine; the rules that tests judge the core by are in `testing/reference-choice.ts`.
 */
export const strategies = [
  define('longestIdle', byIdle, {
    first: 'the agent who has been idle the longest',
    inShort: 'longest idle first',
  }),
  define(
    'leastTalkTime',
    {
      ...criterion('talk', ({ talkMs }) => talkMs),
      describe: (talkMs) => `talked ${inSeconds(talkMs)}`,
    },
    {
      first: 'the agent who has talked the least since logging in',
      inShort: 'least talk time first',
    },
  ),
  define(
    'fewestCalls',
    { ...criterion('calls', ({ calls }) => calls), describe: (calls) => `${calls} calls` },
    {
      first: 'the agent who has had the fewest calls since logging in',
      inShort: 'fewest calls first',
    },
  ),
  define(
    'leastOccupied',
    {
      ...criterion('load', ({ loadKey }) => loadKey),
      measure: ({ work }, _, { now, occupancyWindowMs }) =>
        countWork(work, 'free', now, occupancyWindowMs).load,
      describe: (load) => `occupancy ${(100 * load).toFixed(0)} %`,
    },
    {
      first:
        'the agent who spent the smallest share of recent time in conversations and wrap-up (`occupancyWindow`)',
      inShort: 'least occupied first',
    },
  ),
  define(
    'roundRobin',
    criterion('turn', ({ turn }) => turn),
    {
      first: 'the agent whose last turn, in any queue, is the longest ago',
      inShort: 'round robin',
    },
  ),
  define('topDown', byPosition, {
    first: 'the agent with the lowest `position` in the queue',
    inShort: 'top down',
    usesPosition: true,
  }),
  define(
    'agentOrder',
    criterion('index', ({ index }) => index),
    {
      first: 'the agent who is listed first under `agents`',
      inShort: 'in configured order',
    },
  ),
  define(
    'random',
    criterion('draw', ({ draw }) => draw),
    {
      first: "an agent drawn at random, evenly, from a seed made of the tenant's name",
      inShort: 'at random',
      isDrawn: true,
    },
  ),
  define(
    'bestSkill',
    {
      ...byIdle,
      measure: ({ skills }, _, { requires }) => skillMatch(skills, requires),
      describe: (levels) => `skill levels ${levels}`,
    },
    {
      first: 'the agent with the highest sum of levels in the skills that the call required first',
      inShort: 'best skilled first',
      comparesSkills: true,
    },
  ),
  define('ringAll', byIdle, {
    first:
      'all at once, up to `ringAtMost`, the longest idle first; the first to answer gets the call',
    inShort: 'ringing all at once',
    rings: 'atOnce',
  }),
  define('ringProgressively', byPosition, {
    first: 'by `position`, one more phone every `ringStep`, up to `ringAtMost`',
    inShort: 'ringing one more at a time, top down',
    rings: 'stepwise',
    usesPosition: true,
  }),
] as const

export type StrategyName = (typeof strategies)[number]['name']

export const strategyNames: readonly StrategyName[] = strategies.map(({ name }) => name)

/** The names of the strategies that a trait holds for, for documents and advice. */
export function strategiesWhere(holds: (strategy: Strategy) => boolean): readonly StrategyName[] {
  return strategies.filter(holds).map(({ name }) => name)
}

const byName: ReadonlyMap<string, Strategy<StrategyName>> = new Map(
  strategies.map((strategy) => [strategy.name, strategy]),
)

export function strategyNamed(name: StrategyName): Strategy<StrategyName> {
  return byName.get(name) as Strategy<StrategyName>
}

/**
 * @returns undefined for a name that this version does not know, as a record of a newer one may
 * have
 */
export function findStrategy(name: string): Strategy<StrategyName> | undefined {
  return byName.get(name)
}

/** Spelt out, so that all strategies have one shape: the match reads them for every call. */
function define<const Name extends string>(
  name: Name,
  { orderIn, measure, describe }: Criterion,
  {
    first,
    inShort,
    rings = 'one',
    isDrawn = false,
    comparesSkills = false,
    usesPosition = false,
  }: Traits,
): Strategy<Name> {
  return {
    name,
    first,
    inShort,
    rings,
    isDrawn,
    comparesSkills,
    usesPosition,
    orderIn,
    measure,
    describe,
  }
}

/** One number of an agent, whatever the queue, the least first. */
function criterion(name: string, key: (agent: AgentFigures) => number): Criterion {
  const order = orderBy(name, key)
  return {
    orderIn: () => order,
    measure: key,
    describe: (measured) => `key ${Number(measured.toFixed(3))}`,
  }
}

function inSeconds(ms: DurationMs): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
