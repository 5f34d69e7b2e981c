import type { AgentState, AgentStatus } from '../../catalogue/agent.ts'
import type { AgentId, CallId, EpochMs, SkillId } from '../../catalogue/ids.ts'
import type { OfferOutcome } from '../../catalogue/outcomes.ts'
import type { AcdEvent, Dial } from '../event.ts'
import type { Observer } from './observer.ts'
import { agentNamed, queueNamed, randomPreferred, requirements, statuses } from './random-tenant.ts'
import { pick, roll } from './roll.ts'

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

const dials: readonly Dial[] = [
  { lastsMs: 3_000, isAgentFirst: false },
  { lastsMs: 2_500, isAgentFirst: true },
]

/** What an event is made from. */
export interface Moment {
  readonly die: number
  readonly seen: Observer
  readonly at: EpochMs
  readonly index: number
}

type Kind = (moment: Moment) => AcdEvent

/** What can happen, and how often out of {@link allWeights}. */
const kinds: readonly (readonly [weight: number, kind: Kind])[] = [
  [1, () => ({ type: 'timePassed' })],
  [7, randomCall],
  [4, onOffer((pair) => ({ type: 'offerAccepted', ...pair }))],
  [
    4,
    onOffer((pair, { die }) => ({
      type: 'offerFailed',
      ...pair,
      outcome: pick(die, 26, outcomes),
    })),
  ],
  [4, ofAgent('talking', (agentId) => ({ type: 'talkEnded', agentId }))],
  [
    1,
    ofAgent('talking', (agentId, moment) => ({
      type: 'talkEnded',
      agentId,
      callId: anyCall(moment),
    })),
  ],
  [1, ofAgent('wrapUp', (agentId) => ({ type: 'wrapUpEnded', agentId }))],
  [
    1,
    ofAgent('wrapUp', (agentId, { die }) => ({
      type: 'wrapUpProlonged',
      agentId,
      byMs: pick(die, 26, [1_000, 500, -2_000, -500]),
    })),
  ],
  [2, (moment) => chooseStatus(anyAgent(moment), moment)],
  [1, ofAgent('off', (agentId) => ({ type: 'statusChosen', agentId, status: available }))],
  [1, ofAgent('ringing', chooseStatus)],
  [1, (moment) => ({ type: 'callLeft', callId: anyCall(moment) })],
  [2, (moment) => ({ type: 'callLeft', callId: givenUp(moment.seen) ?? anyCall(moment) })],
  [
    1,
    (moment) => ({
      type: 'skillsSet',
      agentId: anyAgent(moment),
      skills: randomSkills(moment.die),
    }),
  ],
  [2, randomChange],
  [1, onOffer(({ callId }) => ({ type: 'callReached', callId }))],
  [1, (moment) => ({ type: 'callReached', callId: anyCall(moment) })],
  [
    1,
    onOffer(({ callId, agentId }, moment) => ({
      type: 'talkFound',
      callId: pick(moment.die, 26, [callId, anyCall(moment)]),
      agentId: pick(moment.die, 27, [anyAgent(moment), agentId, agentId, stranger]),
      queueId: pick(moment.die, 25, moment.seen.settings.queues)?.queueId ?? queueNamed(0),
    })),
  ],
  // Any call and any agent, as in a race.
  [
    1,
    (moment) => {
      const pair = { callId: anyCall(moment), agentId: anyAgent(moment) }
      return roll(moment.die, 26, 2) === 0
        ? { type: 'offerAccepted', ...pair }
        : { type: 'offerFailed', ...pair, outcome: 'noAnswer' }
    },
  ],
]
const allWeights = kinds.reduce((sum, [weight]) => sum + weight, 0)

/** An event that can happen at this moment, or now and then one that only a race would bring. */
export function randomEvent(moment: Moment): AcdEvent {
  let rolled = roll(moment.die, 28, allWeights)
  for (const [weight, kind] of kinds) {
    rolled -= weight
    if (rolled < 0) {
      return kind(moment)
    }
  }
  return { type: 'timePassed' }
}

function anyAgent({ die, seen }: Moment): AgentId {
  return pick(die, 20, [...seen.states.keys(), agentNamed(0)])
}

function anyCall({ die, seen, index }: Moment): CallId {
  return pick(die, 21, [...seen.calls.keys(), `call-${index}` as CallId])
}

/** An event of an agent in this state. If there is none, mostly a new call instead. */
function ofAgent(wanted: AgentState, event: (agentId: AgentId, moment: Moment) => AcdEvent): Kind {
  return (moment) => {
    const { die, seen } = moment
    const among = [...seen.states].filter(([, state]) => state === wanted)
    const agentId = pick(die, 24, among)?.[0]
    return agentId === undefined && roll(die, 23, 8) > 0
      ? randomCall(moment)
      : event(agentId ?? anyAgent(moment), moment)
  }
}

/**
 * An event of a call and an agent it is offered to. If there are none, mostly a new call instead.
 */
function onOffer(
  event: (pair: { callId: CallId; agentId: AgentId }, moment: Moment) => AcdEvent,
): Kind {
  return (moment) => {
    const { die, seen } = moment
    const offer = pick(die, 22, [...seen.offers])
    if (offer !== undefined) {
      return event({ callId: offer[0], agentId: pick(die, 23, offer[1].agentIds) }, moment)
    }
    return roll(die, 23, 8) > 0
      ? randomCall(moment)
      : event({ callId: anyCall(moment), agentId: anyAgent(moment) }, moment)
  }
}

function chooseStatus(agentId: AgentId, { die }: Moment): AcdEvent {
  return { type: 'statusChosen', agentId, status: pick(die, 26, statuses) }
}

function givenUp({ calls }: Observer): CallId | undefined {
  return [...calls.values()].find(({ isGivenUp }) => isGivenUp)?.callId
}

function randomChange(moment: Moment): AcdEvent {
  const { die, seen, at } = moment
  const callId = anyCall(moment)
  // A call that was given up while on offer cannot change its place, and an observer cannot tell
  // that it was.
  const mayMove = roll(die, 35, 4) === 1 && !seen.offers.has(callId)
  return {
    type: 'callChanged',
    callId,
    ...(roll(die, 30, 3) === 1 ? { priority: roll(die, 31, 4) } : {}),
    ...(roll(die, 32, 3) === 1 ? { requires: pick(die, 33, requirements) } : {}),
    ...(roll(die, 34, 3) === 1 ? { preferred: randomPreferred(die, agentsOf(seen)) } : {}),
    ...(mayMove ? { enqueuedAt: at - pick(die, 36, [0, 1_000, 4_000]) } : {}),
  }
}

function randomCall({ die, seen, at, index }: Moment): AcdEvent {
  const enqueuedAt = at - pick(die, 40, [0, 0, 0, 1_000, 2_500, 777, -500])
  const queue = pick(die, 25, seen.settings.queues)
  const waiting = [...seen.calls.keys()].filter((callId) => !seen.offers.has(callId))
  // In some tenants calls seldom wait, so that agents do.
  if (waiting.length > seen.settings.seed % 4) {
    return { type: 'callLeft', callId: pick(die, 29, waiting) }
  }
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
    ...(roll(die, 48, 5) === 1 ? { dial: pick(die, 49, dials) } : {}),
  }
}

function agentsOf({ states }: Observer): readonly AgentId[] {
  return [...states.keys(), stranger]
}

function randomSkills(die: number): ReadonlyMap<SkillId, number> {
  return new Map([['french' as SkillId, 1 + roll(die, 26, 5)]])
}
