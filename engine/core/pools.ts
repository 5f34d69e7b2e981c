import type { SkillId } from '../catalogue/ids.ts'
import type { Pool, QueueState } from './groups.ts'

/** Adds a pool to its queue's list when an agent in it becomes ready. */
export function openPool(pool: Pool): void {
  const { pools, keys, levels, idles } = pool.queue
  pool.index = pools.push(pool) - 1
  levels.push(pool.level)
  keys.push(0)
  idles.push(0)
}

/** Removes a pool from its queue's list when no agent in it is ready any more. */
export function closePool(pool: Pool): void {
  const { pools, keys, levels, idles } = pool.queue
  removeFrom(keys, pool.index)
  removeFrom(levels, pool.index)
  removeFrom(idles, pool.index)
  removeAt(pools, pool)
}

/** A queue's set of pools whose agents have a skill. */
export function poolsWithSkill(queue: QueueState, skill: SkillId): Set<Pool> {
  const skilled = queue.skilled.get(skill) ?? new Set()
  queue.skilled.set(skill, skilled)
  return skilled
}

/** Takes in that the first ready agent of a pool may have changed. */
export function noteFirst({ queue, ready, index }: Pool): void {
  const first = ready.peek()
  if (first !== undefined) {
    queue.keys[index] = first.key
    queue.idles[index] = first.agent.idleSinceAt
  }
}

/** Removes one item of a list whose order does not matter. */
function removeFrom(list: number[], index: number): void {
  const last = list.pop()
  if (last !== undefined && index < list.length) {
    list[index] = last
  }
}

/** Removes an item that knows its index, from a list whose order does not matter. */
export function removeAt<T extends { index: number }>(items: T[], item: T): void {
  const last = items.pop()
  if (last !== undefined && last !== item) {
    items[item.index] = last
    last.index = item.index
  }
  item.index = -1
}
