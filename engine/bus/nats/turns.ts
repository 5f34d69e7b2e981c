import { type Defer, nextTurn } from '../defer.ts'
import { createFifo, type Fifo } from '../fifo.ts'

type Task = () => void

/** Work that others give us, done a little at a time. */
export interface Turns {
  /**
   * Takes a task for a later turn: of one giver in the order given, of several one after the
   * other. False when its giver has no room left: then it is not done.
   */
  add(giver: string, task: Task): boolean
  /** Resolves when all that were taken before have begun. */
  settled(): Promise<void>
}

/** About a millisecond of commands. */
const tasksPerTurn = 8
/** About two seconds of commands: an answer to those behind would come too late. */
const mostWaiting = 10_000

/**
 * Spreads work over the turns of the event loop, so that a flood of it leaves time for
 * everything else that comes in, and for the work that others give.
 */
export function createTurns(defer: Defer = nextTurn): Turns {
  /** Of givers with work that waits, the next to be served first. */
  const waiting = new Map<string, Fifo<Task>>()
  let isScheduled = false

  function run(): void {
    for (let left = tasksPerTurn; left > 0; left -= 1) {
      const [next] = waiting
      if (next === undefined) {
        break
      }
      const [giver, tasks] = next
      waiting.delete(giver)
      const task = tasks.shift()
      if (tasks.length > 0) {
        waiting.set(giver, tasks)
      }
      task?.()
    }
    isScheduled = waiting.size > 0
    if (isScheduled) {
      defer(run)
    }
  }

  function push(giver: string, task: Task): void {
    const tasks = waiting.get(giver) ?? createFifo<Task>()
    waiting.set(giver, tasks)
    tasks.push(task)
    if (!isScheduled) {
      isScheduled = true
      defer(run)
    }
  }

  return {
    add(giver, task) {
      const hasRoom = (waiting.get(giver)?.length ?? 0) < mostWaiting
      if (hasRoom) {
        push(giver, task)
      }
      return hasRoom
    },
    async settled() {
      const givers = [...waiting.keys()]
      await Promise.all(givers.map((giver) => new Promise<void>((resolve) => push(giver, resolve))))
    },
  }
}
