import type { Requirement } from '../catalogue/needs.ts'
import type { CallGroup, QueueState, SharedRequirement } from './groups.ts'
import { Heap } from './heap.ts'
import { poolsWithSkill } from './pools.ts'
import { isServedBefore } from './precedence.ts'
import type { QueueSettings } from './settings.ts'
import { strategyNamed } from './strategies.ts'

/** A queue without agents and calls. */
export function createQueueState(settings: QueueSettings): QueueState {
  const ownRequirement = createRequirement(settings.requires)
  const strategy = strategyNamed(settings.strategy)
  return {
    settings,
    strategy,
    order: strategy.orderIn(settings.queueId),
    members: [],
    topLevel: 1,
    staffed: [0],
    pools: [],
    levels: [],
    keys: [],
    idles: [],
    skilled: new Map(),
    calls: new Set(),
    groups: [],
    requirements: new Map([[ownRequirement.key, ownRequirement]]),
    groupsByKey: new Map(),
    ownRequirement,
  }
}

/**
 * The group of calls in a queue at `step` of their requirement, -1 being none, to which levels up
 * to `level` are open.
 */
export function groupOf(
  queue: QueueState,
  requirement: SharedRequirement,
  step: number,
  level: number,
): CallGroup {
  const at = (step + 1) * 1_000 + level
  const known = requirement.groups.get(at)
  if (known !== undefined) {
    return known
  }
  const anyOf = requirement.steps[step]?.anyOf
  const key = `${level} ${textOf(anyOf)}`
  const group = queue.groupsByKey.get(key) ?? createGroup(key, queue, level, anyOf)
  group.requirements += 1
  queue.groupsByKey.set(key, group)
  requirement.groups.set(at, group)
  return group
}

function createGroup(
  key: string,
  queue: QueueState,
  level: number,
  anyOf: CallGroup['anyOf'],
): CallGroup {
  const waiting = new Heap(isServedBefore)
  const skilled = (anyOf ?? []).map((alternative) =>
    alternative.map(({ skill }) => poolsWithSkill(queue, skill)),
  )
  return { key, queue, level, anyOf, skilled, requirements: 0, waiting, basePoints: 0, index: -1 }
}

/** Counts a call as having this requirement; without one, the queue's own. */
export function takeRequirement(
  queue: QueueState,
  requires: Requirement | undefined,
): SharedRequirement {
  const requirement = requires === undefined ? queue.ownRequirement : requirementOf(queue, requires)
  requirement.calls += 1
  return requirement
}

/**
 * Counts a call as no longer having this requirement, and forgets a requirement that no call has.
 */
export function dropRequirement(queue: QueueState, requirement: SharedRequirement): void {
  requirement.calls -= 1
  if (requirement.calls > 0 || requirement === queue.ownRequirement) {
    return
  }
  queue.requirements.delete(requirement.key)
  for (const group of requirement.groups.values()) {
    group.requirements -= 1
    if (group.requirements === 0) {
      queue.groupsByKey.delete(group.key)
    }
  }
}

function requirementOf(queue: QueueState, requires: Requirement): SharedRequirement {
  const requirement = createRequirement(requires)
  const known = queue.requirements.get(requirement.key)
  if (known !== undefined) {
    return known
  }
  queue.requirements.set(requirement.key, requirement)
  return requirement
}

function createRequirement(requires: Requirement): SharedRequirement {
  const asksForSkills = requires[0]?.anyOf.some((alternative) => alternative.length > 0) === true
  const key = requires.map(({ afterMs, anyOf }) => `${afterMs} ${textOf(anyOf)}`).join(';')
  return { key, steps: requires, asksForSkills, groups: new Map(), calls: 0 }
}

/** A text that only an equal step has. Several times as fast as JSON. */
function textOf(anyOf: CallGroup['anyOf']): string {
  let text = ''
  for (const alternative of anyOf ?? []) {
    text += '|'
    for (const { skill, minLevel } of alternative) {
      text += `${skill.length}:${skill}${minLevel},`
    }
  }
  return text
}
