import type { SkillId } from '../catalogue/ids.ts'
import type { Pool, QueueState } from './groups.ts'

/** Somebody is ready in a seat now. */
export function openPool(pool: Pool): void {
  const { pools, keys, levels, idles } = pool.queue
  pool.index = pools.push(pool) - 1
  levels.push(pool.level)
  keys.push(0)
  idles.push(0)
}

/** Nobody is ready in a seat any more. */
export function closePool(pool: Pool): void {
  const { pools, keys, levels, idles } = pool.queue
  removeFrom(keys, pool.index)
  removeFrom(levels, pool.index)
  removeFrom(idles, pool.index)
  removeAt(pools, pool)
}

/** Where a line keeps the seats of those with a skill. */
export function poolsWithSkill(queue: QueueState, skill: SkillId): Set<Pool> {
  const skilled = queue.skilled.get(skill) ?? new Set()
  queue.skilled.set(skill, skilled)
  return skilled
}

/** Who is first in a seat may have changed. */
export function noteFirst({ queue, ready, index }: Pool): void {
  const first = ready.peek()
  if (first !== undefined) {
    queue.keys[index] = first.key
    queue.idles[index] = first.agent.idleSinceAt
  }
}

/** Takes out one of a list without order. */
function removeFrom(list: number[], index: number): void {
  const last = list.pop()
  if (last !== undefined && index < list.length) {
    list[index] = last
  }
}

/** Takes out an item that knows its place in a list without order. */
export function removeAt<T extends { index: number }>(items: T[], item: T): void {
  const last = items.pop()
  if (last !== undefined && last !== item) {
    items[item.index] = last
    last.index = item.index
  }
  item.index = -1
}
