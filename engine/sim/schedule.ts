import type { Channel } from './channel.ts'
import type { Exchange } from './exchange.ts'
import { transfer } from './thread.ts'

/**
 * Schedules a transfer of the channel.
 *
 * @param when `+SECONDS`, or an epoch second
 * @returns the id of the task
 */
export function scheduleTransfer(
  exchange: Exchange,
  channel: Channel,
  when: string,
  extension: string,
  context: string | undefined,
): number {
  const delayMs = when.startsWith('+')
    ? Number(when.slice(1)) * 1000
    : Number(when) * 1000 - exchange.clock.now()
  const id = ++exchange.lastTaskId
  const timer = exchange.after(Math.max(delayMs, 0), () => {
    exchange.tasks.delete(id)
    if (channel.isUp) transfer(exchange, channel, extension, context)
  })
  exchange.tasks.set(id, { timer, group: channel.uuid })
  return id
}

/**
 * Cancels one task by its id, or all tasks of a channel by its UUID.
 *
 * @returns the number of cancelled tasks
 */
export function unschedule(exchange: Exchange, what: string): number {
  const { tasks } = exchange
  const ids = /^\d+$/.test(what)
    ? [Number(what)].filter((id) => tasks.has(id))
    : [...tasks].filter(([, { group }]) => group === what).map(([id]) => id)
  for (const id of ids) {
    tasks.get(id)?.timer.cancel()
    tasks.delete(id)
  }
  return ids.length
}
