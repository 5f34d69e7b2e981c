import type { SkillId } from '../catalogue/ids.ts'
import type { Line, Seat } from './groups.ts'

/** Somebody is ready in a seat now. */
export function takeSeat(seat: Seat): void {
  const { seats, keys, levels, idles } = seat.line
  seat.index = seats.push(seat) - 1
  levels.push(seat.level)
  keys.push(0)
  idles.push(0)
}

/** Nobody is ready in a seat any more. */
export function leaveSeat(seat: Seat): void {
  const { seats, keys, levels, idles } = seat.line
  removeFrom(keys, seat.index)
  removeFrom(levels, seat.index)
  removeFrom(idles, seat.index)
  removeAt(seats, seat)
}

/** Where a line keeps the seats of those with a skill. */
export function skilledIn(line: Line, skill: SkillId): Set<Seat> {
  const skilled = line.skilled.get(skill) ?? new Set()
  line.skilled.set(skill, skilled)
  return skilled
}

/** Who is first in a seat may have changed. */
export function noteFirst({ line, ready, index }: Seat): void {
  const first = ready.peek()
  if (first !== undefined) {
    line.keys[index] = first.key
    line.idles[index] = first.agent.idleSinceAt
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
