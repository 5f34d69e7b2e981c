import type { AgentState, AgentStatus } from '../../catalogue/agent.ts'
import type { AgentId, CallId, DurationMs, EpochMs, QueueId, SkillId } from '../../catalogue/ids.ts'
import type { Preferred, Requirement } from '../../catalogue/needs.ts'
import type { OverflowReason } from '../../catalogue/outcomes.ts'
import type { Dial } from '../event.ts'
import type { AcdSettings, AgentSettings, Membership, QueueSettings } from '../settings.ts'
import type { Workload } from '../workload.ts'

/** An agent in the reference. */
export interface Person {
  readonly agentId: AgentId
  settings: AgentSettings
  skills: ReadonlyMap<SkillId, number>
  status: AgentStatus
  state: AgentState
  idleSinceAt: EpochMs
  /** Idle and not resting. */
  isReady: boolean
  misses: number
  callId: CallId | undefined
  queueId: QueueId | undefined
  talkingSinceAt: EpochMs
  talkMs: DurationMs
  calls: number
  turn: number
  draw: number
  work: Workload
}

/** A call in the reference. */
export interface Caller {
  readonly callId: CallId
  queue: QueueSettings
  enqueuedAt: EpochMs
  enteredAt: EpochMs
  dial: Dial | undefined
  priority: number
  requires: Requirement | undefined
  preferred: Preferred | undefined
  offeredTo: readonly Person[]
  readonly refusedBy: Set<AgentId>
  givenUp: OverflowReason | undefined
}

/**
 * Everything the rules look at: agents in the order of the settings, calls in the order they came.
 */
export interface World {
  settings: AcdSettings
  people: readonly Person[]
  callers: readonly Caller[]
  now: EpochMs
}

export function membershipOf({ settings }: Person, queueId: QueueId): Membership | undefined {
  return settings.queues.find((membership) => membership.queueId === queueId)
}

export function isStaffed({ status }: Person): boolean {
  return status.type === 'available'
}

/** The lowest level of the queue with a staffed agent; undefined if there is none. */
export function lowestStaffedLevel({ people }: World, queueId: QueueId): number | undefined {
  return people
    .filter(isStaffed)
    .flatMap((person) => membershipOf(person, queueId)?.level ?? [])
    .toSorted((a, b) => a - b)[0]
}

export function waitedMs({ now }: World, { enqueuedAt }: Caller): DurationMs {
  return now - enqueuedAt
}

/** In points times 60,000, so that ageing by the millisecond stays in whole numbers. */
export function pointsOf(world: World, caller: Caller): number {
  const waited = waitedMs(world, caller)
  const { priority, ageing } = caller.queue
  const steps = ageing.steps.filter(({ afterMs }) => afterMs <= waited)
  const points = steps.reduce((sum, step) => sum + step.points, priority + caller.priority)
  return points * 60_000 + ageing.perMinute * waited
}

export function isOverdue(world: World, caller: Caller): boolean {
  return waitedMs(world, caller) >= world.settings.fairAfterMs
}

export function requirementOf({ requires, queue }: Caller): Requirement {
  return requires ?? queue.requires
}

/** The number of the step in force, from 0; -1 without steps. */
export function stepInForce(world: World, caller: Caller): number {
  return requirementOf(caller).findLastIndex(({ afterMs }) => afterMs <= waitedMs(world, caller))
}

function suitsBySkill(world: World, { skills }: Person, caller: Caller): boolean {
  const step = requirementOf(caller)[stepInForce(world, caller)]
  return (
    step === undefined ||
    step.anyOf.some((needs) =>
      needs.every(({ skill, minLevel }) => (skills.get(skill) ?? 0) >= minLevel),
    )
  )
}

function openLevel(world: World, caller: Caller): number {
  const { queueId, tiers } = caller.queue
  if (tiers.openAfterMs === 0) {
    return Number.POSITIVE_INFINITY
  }
  const byTime = 1 + Math.floor(waitedMs(world, caller) / tiers.openAfterMs)
  const byStaff = tiers.skipUnstaffed ? lowestStaffedLevel(world, queueId) : undefined
  return Math.max(byTime, byStaff ?? 0)
}

export function prefers({ preferred }: Caller, { agentId }: Person): boolean {
  return preferred?.agentIds.includes(agentId) === true
}

export function isHeld(world: World, caller: Caller): boolean {
  const { preferred, queue } = caller
  if (preferred === undefined || isOverdue(world, caller)) {
    return false
  }
  return preferred.hold === 'whileStaffed'
    ? world.people.some(
        (person) =>
          prefers(caller, person) &&
          isStaffed(person) &&
          membershipOf(person, queue.queueId) !== undefined,
      )
    : waitedMs(world, caller) < preferred.hold
}

export function isEligible(world: World, person: Person, caller: Caller): boolean {
  const membership = membershipOf(person, caller.queue.queueId)
  if (membership === undefined || caller.refusedBy.has(person.agentId)) {
    return false
  }
  return (
    prefers(caller, person) ||
    (!isHeld(world, caller) &&
      membership.level <= openLevel(world, caller) &&
      suitsBySkill(world, person, caller))
  )
}

export function mayBeOffered({ offeredTo, givenUp }: Caller): boolean {
  return offeredTo.length === 0 && givenUp === undefined
}

/** The actions of the call that are due after `lastAt` and up to `untilAt`, in order. */
export function actionsDue(
  { queue, enteredAt }: Caller,
  lastAt: EpochMs,
  untilAt: EpochMs,
): readonly { at: EpochMs; name: string; count: number }[] {
  return queue.actions
    .flatMap(({ name, afterMs, everyMs }) => {
      const due = []
      for (let [at, count] = [enteredAt + afterMs, 1]; at <= untilAt; count += 1) {
        due.push({ at, name, count })
        at += everyMs ?? Number.POSITIVE_INFINITY
      }
      return due
    })
    .filter(({ at }) => at > lastAt)
    .toSorted((a, b) => a.at - b.at)
}

/** The earliest instant after `lastAt` at which something about the call changes by time alone. */
export function nextChangeAt(world: World, caller: Caller, lastAt: EpochMs): EpochMs | undefined {
  const { queue, enqueuedAt, enteredAt, preferred } = caller
  const { openAfterMs } = queue.tiers
  const levels = world.people.flatMap((person) => membershipOf(person, queue.queueId)?.level ?? [])
  const openings = openAfterMs === 0 ? 0 : Math.max(1, ...levels) - 1
  const afterMs = [
    ...requirementOf(caller).map((step) => step.afterMs),
    ...Array.from({ length: openings }, (_, index) => (index + 1) * openAfterMs),
    ...queue.ageing.steps.map((step) => step.afterMs),
    world.settings.fairAfterMs,
    ...(typeof preferred?.hold === 'number' ? [preferred.hold] : []),
  ]
  const actions = queue.actions.flatMap((action) => {
    const firstAt = enteredAt + action.afterMs
    const { everyMs } = action
    return everyMs === undefined || firstAt > lastAt
      ? [firstAt]
      : [firstAt + (Math.floor((lastAt - firstAt) / everyMs) + 1) * everyMs]
  })
  return [...afterMs.map((ms) => enqueuedAt + ms), ...actions]
    .filter((at) => at > lastAt)
    .toSorted((a, b) => a - b)[0]
}

/** The position of a call in its queue: 1 is the next to be served. */
export function positionOf(world: World, caller: Caller): number {
  const others = world.callers.filter(
    ({ queue, givenUp }) => queue.queueId === caller.queue.queueId && givenUp === undefined,
  )
  const inOrder = others.toSorted(
    (a, b) =>
      Number(isOverdue(world, b)) - Number(isOverdue(world, a)) ||
      (isOverdue(world, a) ? 0 : pointsOf(world, b) - pointsOf(world, a)) ||
      a.enqueuedAt - b.enqueuedAt,
  )
  return inOrder.indexOf(caller) + 1
}
