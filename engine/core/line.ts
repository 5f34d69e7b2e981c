import type { Requirement } from '../catalogue/needs.ts'
import type { Demand, Line, Need } from './groups.ts'
import { Heap } from './heap.ts'
import { orderOf } from './order.ts'
import { isServedBefore } from './precedence.ts'
import { skilledIn } from './seats.ts'
import type { QueueSettings } from './settings.ts'

/** A queue in which nobody is yet. */
export function createLine(settings: QueueSettings): Line {
  const ownNeed = createNeed(settings.requires)
  return {
    settings,
    order: orderOf(settings),
    members: [],
    topLevel: 1,
    staffed: [0],
    seats: [],
    levels: [],
    keys: [],
    idles: [],
    skilled: new Map(),
    calls: new Set(),
    demands: [],
    needs: new Map([[ownNeed.key, ownNeed]]),
    demandsByKey: new Map(),
    ownNeed,
  }
}

/** What calls of a line ask for at `step` of their need, `level` being the highest open to them. */
export function demandOf(line: Line, need: Need, step: number, level: number): Demand {
  const at = (step + 1) * 1_000 + level
  const known = need.demands.get(at)
  if (known !== undefined) {
    return known
  }
  const anyOf = need.requires[step]?.anyOf
  const key = `${level} ${textOf(anyOf)}`
  const demand = line.demandsByKey.get(key) ?? createDemand(key, line, level, anyOf)
  demand.needs += 1
  line.demandsByKey.set(key, demand)
  need.demands.set(at, demand)
  return demand
}

function createDemand(key: string, line: Line, level: number, anyOf: Demand['anyOf']): Demand {
  const waiting = new Heap(isServedBefore)
  const skilled = (anyOf ?? []).map((alternative) =>
    alternative.map(({ skill }) => skilledIn(line, skill)),
  )
  return { key, line, level, anyOf, skilled, needs: 0, waiting, standing: 0, index: -1 }
}

/** What calls of a queue need who ask for this; asking for nothing is the queue's own. */
export function takeNeed(line: Line, requires: Requirement | undefined): Need {
  const need = requires === undefined ? line.ownNeed : needOf(line, requires)
  need.calls += 1
  return need
}

/** One call less has this need. */
export function dropNeed(line: Line, need: Need): void {
  need.calls -= 1
  if (need.calls > 0 || need === line.ownNeed) {
    return
  }
  line.needs.delete(need.key)
  for (const demand of need.demands.values()) {
    demand.needs -= 1
    if (demand.needs === 0) {
      line.demandsByKey.delete(demand.key)
    }
  }
}

function needOf(line: Line, requires: Requirement): Need {
  const need = createNeed(requires)
  const known = line.needs.get(need.key)
  if (known !== undefined) {
    return known
  }
  line.needs.set(need.key, need)
  return need
}

function createNeed(requires: Requirement): Need {
  const isSkilled = requires[0]?.anyOf.some((alternative) => alternative.length > 0) === true
  const key = requires.map(({ afterMs, anyOf }) => `${afterMs} ${textOf(anyOf)}`).join(';')
  return { key, requires, isSkilled, demands: new Map(), calls: 0 }
}

/** Says what a step asks for, unlike any other: several times as fast as JSON does. */
function textOf(anyOf: Demand['anyOf']): string {
  let text = ''
  for (const alternative of anyOf ?? []) {
    text += '|'
    for (const { skill, minLevel } of alternative) {
      text += `${skill.length}:${skill}${minLevel},`
    }
  }
  return text
}
