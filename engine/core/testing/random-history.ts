import type { AcdSettings } from '../acd.ts'
import type { AcdEffect, AcdEvent, OfferOutcome } from '../event.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../ids.ts'
import type { AgentStatus, QueueSettings, SkillRequirement } from '../settings.ts'
import { note, type Observed, observe, type Played } from './observer.ts'

/** What a step of a random history is made from: each number picks among what is possible then. */
export interface Dice {
  readonly kind: number
  readonly who: number
  readonly what: number
  readonly how: number
  /** Since the step before. Negative: the clock is set back. */
  readonly gapMs: DurationMs
}

/** What a player needs of a core. */
export interface Core {
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[]
  nextWakeAt(): EpochMs | undefined
}

export const queueIds = ['sales', 'help', 'gold'] as QueueId[]
const [sales, help, gold] = queueIds as [QueueId, QueueId, QueueId]
const french = 'french' as SkillId
const german = 'german' as SkillId
const outcomes: readonly OfferOutcome[] = [
  'noAnswer',
  'declined',
  'busy',
  'unreachable',
  'failed',
  'withdrawn',
]
const statuses: readonly AgentStatus[] = [
  { type: 'available' },
  { type: 'available' },
  { type: 'onBreak', reason: 'lunch' },
  { type: 'loggedOut' },
]
const needs: readonly (readonly SkillRequirement[] | undefined)[] = [
  undefined,
  undefined,
  [],
  [{ skill: french, minLevel: 3 }],
  [{ skill: german, minLevel: 1 }],
]

const queue = (queueId: QueueId, over: Partial<QueueSettings>): QueueSettings => ({
  queueId,
  strategy: 'longestIdle',
  priority: 0,
  requires: [],
  ringMs: 2_000,
  wrapUpMs: 0,
  maxWaitMs: undefined,
  retryDeclinedMs: 3_000,
  ...over,
})

/** A small tenant in which calls and agents meet often, and spans are short. */
export const smallTenant: AcdSettings = {
  queues: [
    queue(sales, { maxWaitMs: 6_000 }),
    queue(help, { wrapUpMs: 1_500, requires: [{ skill: french, minLevel: 2 }] }),
    queue(gold, { priority: 2, retryDeclinedMs: 0, wrapUpMs: 500 }),
  ],
  agents: [
    { queues: [sales], skills: [] as const, status: 0 },
    { queues: [sales, gold], skills: [[french, 2]] as const, status: 0 },
    { queues: [sales, gold], skills: [[french, 2]] as const, status: 2 },
    { queues: [help, sales], skills: [[french, 4]] as const, status: 0 },
    {
      queues: [gold, help],
      skills: [
        [french, 3],
        [german, 1],
      ] as const,
      status: 3,
    },
  ].map(({ queues, skills, status }, index) => ({
    agentId: `agent-${index}` as AgentId,
    queues,
    skills: new Map<SkillId, number>(skills),
    status: pick(statuses, status),
    maxMisses: index % 3,
    restMs: { busy: 1_000, declined: 500, noAnswer: 0, unreachable: 4_000 },
  })),
}

/** Plays dice on a core, one step at a time; each step knows what the core wished for before. */
export function* play(core: Core, dice: readonly Dice[], startAt: EpochMs): Generator<Played> {
  const observed = observe(smallTenant)
  let at = startAt
  let calls = 0
  for (const die of dice) {
    const wakeAt = core.nextWakeAt()
    // Every third step comes exactly when something falls due.
    at = die.gapMs % 3 === 0 && wakeAt !== undefined ? Math.max(at, wakeAt) : at + die.gapMs
    calls += 1
    const event = toEvent(die, observed, at, calls)
    const effects = core.handle(event, at)
    note(observed, event, effects)
    yield { event, at, effects }
  }
}

function toEvent({ kind, who, what, how }: Dice, seen: Observed, at: EpochMs, n: number): AcdEvent {
  const { calls, offers, states } = seen
  const anyAgent = pick([...states.keys()], who)
  const anyCall = pick([...calls.keys(), `call-${n}` as CallId], what)
  const offer = pick([...offers.values()], who)
  const talking = [...states].filter(([, state]) => state === 'talking')
  const wrappingUp = [...states].filter(([, state]) => state === 'wrapUp')
  const [offeredCall, offeredAgent] =
    offer === undefined ? [anyCall, anyAgent] : [offer.callId, pick(offer.agentIds, how)]
  switch (kind) {
    case 0:
      return { type: 'callLeft', callId: anyCall }
    case 1:
    case 2:
      return { type: 'offerAccepted', callId: offeredCall, agentId: offeredAgent }
    case 3:
    case 4:
    case 5: {
      const outcome = pick(outcomes, what)
      return { type: 'offerFailed', callId: offeredCall, agentId: offeredAgent, outcome }
    }
    case 6:
    case 7:
      return {
        type: 'talkEnded',
        agentId: pick(talking, who)?.[0] ?? anyAgent,
        ...(how % 8 === 0 ? { callId: anyCall } : {}),
      }
    case 8:
      return { type: 'wrapUpEnded', agentId: pick(wrappingUp, who)?.[0] ?? anyAgent }
    case 9:
      return { type: 'statusChosen', agentId: anyAgent, status: pick(statuses, what) }
    case 10:
      return {
        type: 'talkFound',
        callId: how % 2 === 0 ? offeredCall : anyCall,
        agentId: how % 4 === 1 ? ('stranger' as AgentId) : anyAgent,
        queueId: pick(queueIds, how),
      }
    case 11:
      // As races bring it: any call, any agent.
      return how % 2 === 0
        ? { type: 'offerAccepted', callId: anyCall, agentId: anyAgent }
        : { type: 'offerFailed', callId: anyCall, agentId: anyAgent, outcome: 'noAnswer' }
    case 12:
      return { type: 'timePassed' }
    default: {
      const requires = pick(needs, how)
      return {
        type: 'callQueued',
        callId: `call-${n}` as CallId,
        queueId: pick(queueIds, who),
        enqueuedAt: at - (what % 3) * 1_000,
        priority: how % 2,
        ...(requires === undefined ? {} : { requires }),
        ...(what % 2 === 0 ? { enteredAt: at } : {}),
      }
    }
  }
}

function pick<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T
}
