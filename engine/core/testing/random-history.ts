import type { AcdEffect, AcdEvent, AgentState, OfferOutcome } from '../event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, SkillId } from '../ids.ts'
import type { AgentStatus } from '../settings.ts'
import { Observer, type Played } from './observer.ts'
import {
  agentNamed,
  createTenant,
  queueNamed,
  randomPreferred,
  requirements,
  statuses,
  type TenantDice,
} from './random-tenant.ts'
import { pick, roll } from './roll.ts'

/** What a player needs of a core. */
export interface Core {
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[]
  nextWakeAt(): EpochMs | undefined
}

/** A random history: a tenant, and a die for each step. */
export interface HistoryDice {
  readonly tenant: TenantDice
  readonly steps: readonly number[]
}

/**
 * How time passes. `stalling`: deadlines are reached with the next event, however
 * late. `asWoken`: by a `timePassed` of their own before it, as late. `punctual`:
 * each at its instant. `backAndForth`: stalling, and the clock is set back at times.
 */
export type Pace = 'stalling' | 'asWoken' | 'punctual' | 'backAndForth'

const available: AgentStatus = { type: 'available' }
const stranger = 'stranger' as AgentId
const outcomes: readonly OfferOutcome[] = [
  'noAnswer',
  'declined',
  'busy',
  'unreachable',
  'failed',
  'withdrawn',
]

/** Plays dice on a core, one step at a time; each step knows what the core wished for before. */
export function* play(
  core: Core,
  { tenant, steps }: HistoryDice,
  startAt: EpochMs,
  pace: Pace,
): Generator<Played> {
  const observer = new Observer(createTenant(tenant))
  const tell = (event: AcdEvent, at: EpochMs): Played => {
    const played = { event, at, effects: core.handle(event, at) }
    observer.hear(played)
    return played
  }
  let at = startAt
  let dice = tenant
  for (const [index, die] of steps.entries()) {
    const wakeAt = core.nextWakeAt() ?? at
    const until = roll(die, 0, 4) === 1 ? Math.max(at, wakeAt) : at + gapMs(die, pace)
    if (pace === 'punctual') {
      for (let next = core.nextWakeAt(); next !== undefined && next <= until; ) {
        at = Math.max(at, next)
        yield tell({ type: 'timePassed' }, at)
        next = core.nextWakeAt()
      }
    }
    at = until
    if (pace === 'asWoken') {
      yield tell({ type: 'timePassed' }, at)
    }
    if (roll(die, 2, 60) === 1) {
      dice = changeTenant(dice, die)
      yield tell({ type: 'settingsChanged', settings: createTenant(dice) }, at)
    } else {
      yield tell(toEvent(die, observer, at, index), at)
    }
  }
}

/** Half of the instants are round, so that they meet with deadlines. */
function gapMs(die: number, pace: Pace): DurationMs {
  if (pace === 'backAndForth' && roll(die, 3, 6) === 1) {
    return -500 * roll(die, 4, 30)
  }
  return pick(die, 5, [
    () => 0,
    () => 500 * roll(die, 6, 4),
    () => roll(die, 6, 1_500),
    () => 500 * roll(die, 6, 18),
  ])()
}

/** The same again, or with one part other, gone, or back. */
function changeTenant(dice: TenantDice, die: number): TenantDice {
  const { rules, queues, agents } = dice
  const next = pick(die, 10, [undefined, die, die + 1])
  switch (roll(die, 11, 4)) {
    case 0:
      return dice
    case 1:
      return { ...dice, rules: rules + die }
    case 2:
      return { ...dice, queues: queues.with(roll(die, 12, queues.length), next) }
    default:
      return { ...dice, agents: agents.with(roll(die, 12, agents.length), next) }
  }
}

function toEvent(die: number, seen: Observer, at: EpochMs, index: number): AcdEvent {
  const { calls, offers, states, settings } = seen
  const anyAgent = pick(die, 20, [...states.keys(), agentNamed(0)])
  const anyCall = pick(die, 21, [...calls.keys(), `call-${index}` as CallId])
  const queueId = pick(die, 25, settings.queues)?.queueId ?? queueNamed(0)
  /** Of an agent in this state; when there is none, mostly a call instead. */
  const of = (wanted: AgentState, event: (agentId: AgentId) => AcdEvent) => () => {
    const among = [...states].filter(([, state]) => state === wanted)
    const agentId = pick(die, 24, among)?.[0]
    return agentId === undefined && roll(die, 23, 8) > 0
      ? randomCall(die, seen, at, index)
      : event(agentId ?? anyAgent)
  }
  const onOffer = (event: (pair: { callId: CallId; agentId: AgentId }) => AcdEvent) => () => {
    const offer = pick(die, 22, [...offers])
    if (offer === undefined) {
      return roll(die, 23, 8) > 0
        ? randomCall(die, seen, at, index)
        : event({ callId: anyCall, agentId: anyAgent })
    }
    return event({ callId: offer[0], agentId: pick(die, 23, offer[1].agentIds) })
  }
  const kinds: readonly (readonly [weight: number, event: () => AcdEvent])[] = [
    [1, () => ({ type: 'timePassed' })],
    [7, () => randomCall(die, seen, at, index)],
    [4, onOffer((pair) => ({ type: 'offerAccepted', ...pair }))],
    [4, onOffer((pair) => ({ type: 'offerFailed', ...pair, outcome: pick(die, 26, outcomes) }))],
    [4, of('talking', (agentId) => ({ type: 'talkEnded', agentId }))],
    [1, of('talking', (agentId) => ({ type: 'talkEnded', agentId, callId: anyCall }))],
    [1, of('wrapUp', (agentId) => ({ type: 'wrapUpEnded', agentId }))],
    [
      1,
      of('wrapUp', (agentId) => ({
        type: 'wrapUpProlonged',
        agentId,
        byMs: pick(die, 26, [1_000, 500, -2_000, -500]),
      })),
    ],
    [2, () => ({ type: 'statusChosen', agentId: anyAgent, status: pick(die, 26, statuses) })],
    [1, of('off', (agentId) => ({ type: 'statusChosen', agentId, status: available }))],
    [
      1,
      of('ringing', (agentId) => ({
        type: 'statusChosen',
        agentId,
        status: pick(die, 26, statuses),
      })),
    ],
    [1, () => ({ type: 'callLeft', callId: anyCall })],
    [2, () => ({ type: 'callLeft', callId: givenUp(seen) ?? anyCall })],
    [1, () => ({ type: 'skillsSet', agentId: anyAgent, skills: randomSkills(die) })],
    [2, () => randomChange(die, seen, anyCall)],
    [
      1,
      onOffer(({ callId, agentId }) => ({
        type: 'talkFound',
        callId: pick(die, 26, [callId, anyCall]),
        agentId: pick(die, 27, [anyAgent, agentId, agentId, stranger]),
        queueId,
      })),
    ],
    // As races bring it: any call, any agent.
    [
      1,
      () =>
        roll(die, 26, 2) === 0
          ? { type: 'offerAccepted', callId: anyCall, agentId: anyAgent }
          : { type: 'offerFailed', callId: anyCall, agentId: anyAgent, outcome: 'noAnswer' },
    ],
  ]
  return pick(
    die,
    28,
    kinds.flatMap(([weight, event]) => Array.from({ length: weight }, () => event)),
  )()
}

function givenUp({ calls }: Observer): CallId | undefined {
  return [...calls.values()].find(({ isGivenUp }) => isGivenUp)?.callId
}

function randomChange(die: number, seen: Observer, callId: CallId): AcdEvent {
  return {
    type: 'callChanged',
    callId,
    ...(roll(die, 30, 3) === 1 ? { priority: roll(die, 31, 4) } : {}),
    ...(roll(die, 32, 3) === 1 ? { requires: pick(die, 33, requirements) } : {}),
    ...(roll(die, 34, 3) === 1 ? { preferred: randomPreferred(die, agentsOf(seen)) } : {}),
  }
}

function randomCall(die: number, seen: Observer, at: EpochMs, index: number): AcdEvent {
  const enqueuedAt = at - pick(die, 40, [0, 0, 0, 1_000, 2_500, 777, -500])
  const queue = pick(die, 25, seen.settings.queues)
  if (queue === undefined) {
    return { type: 'timePassed' }
  }
  return {
    type: 'callQueued',
    callId: `call-${index}` as CallId,
    queueId: queue.queueId,
    enqueuedAt,
    priority: pick(die, 41, [0, 0, 0, 1, 3]),
    ...(roll(die, 42, 3) === 1 ? { enteredAt: pick(die, 43, [at, at - 500, at + 500]) } : {}),
    ...(roll(die, 44, 3) === 1 ? { requires: pick(die, 45, requirements) } : {}),
    ...(roll(die, 46, 4) === 1 ? { preferred: randomPreferred(die, agentsOf(seen)) } : {}),
    ...(roll(die, 47, 4) === 1 ? { isReturning: true } : {}),
  }
}

function agentsOf({ states }: Observer): readonly AgentId[] {
  return [...states.keys(), stranger]
}

function randomSkills(die: number): ReadonlyMap<SkillId, number> {
  return new Map([['french' as SkillId, 1 + roll(die, 26, 5)]])
}
