import { type Defer, nextTurn } from './defer.ts'
import { createFifo } from './fifo.ts'

/** Work that others give us, done a little at a time. */
export interface Turns {
  /** Takes a task for a later turn, tasks in the order given. False when there is no room: then it is not done. */
  add(task: () => void): boolean
  /** Resolves when all that were taken before have begun. */
  settled(): Promise<void>
}

/** About a millisecond of commands. */
const tasksPerTurn = 8
/** About two seconds of commands: an answer to those behind would come too late. */
const mostWaiting = 10_000

/**
 * Spreads work over the turns of the event loop, so that a flood of it leaves time for
 * everything else that comes in.
 */
export function createTurns(defer: Defer = nextTurn): Turns {
  const waiting = createFifo<() => void>()
  let isScheduled = false

  function run(): void {
    for (let left = tasksPerTurn; left > 0; left -= 1) {
      waiting.shift()?.()
    }
    isScheduled = waiting.length > 0
    if (isScheduled) {
      defer(run)
    }
  }

  function push(task: () => void): void {
    waiting.push(task)
    if (!isScheduled) {
      isScheduled = true
      defer(run)
    }
  }

  return {
    add(task) {
      const hasRoom = waiting.length < mostWaiting
      if (hasRoom) {
        push(task)
      }
      return hasRoom
    },
    settled: () => new Promise((resolve) => push(resolve)),
  }
}
