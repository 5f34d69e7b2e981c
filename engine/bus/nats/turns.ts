import { type Defer, nextTurn } from '../defer.ts'
import { createFifo, type Fifo } from '../fifo.ts'

type Task = () => void

/** Work that arrives from other connections, done a little at a time. */
export interface Turns {
  /**
   * Takes a task for a later turn. Tasks of one source run in the order given; several sources take
   * turns. Returns false when the source already has too many waiting: then the task is not run.
   */
  add(source: string, task: Task): boolean
  /** Resolves when all tasks taken before have started. */
  settled(): Promise<void>
}

/** About a millisecond's worth of commands. */
const tasksPerTurn = 8
/** About two seconds' worth of commands of one source: the answer to any more would come too late. */
const maxWaiting = 10_000

/**
 * Spreads work over the turns of the event loop, so that a flood from one source leaves time for
 * other input and for the work of other sources.
 */
export function createTurns(defer: Defer = nextTurn): Turns {
  /** The sources with waiting tasks, the next to be served first. */
  const waiting = new Map<string, Fifo<Task>>()
  let isScheduled = false

  function run(): void {
    for (let left = tasksPerTurn; left > 0; left -= 1) {
      const [next] = waiting
      if (next === undefined) {
        break
      }
      const [source, tasks] = next
      waiting.delete(source)
      const task = tasks.shift()
      if (tasks.length > 0) {
        waiting.set(source, tasks)
      }
      task?.()
    }
    isScheduled = waiting.size > 0
    if (isScheduled) {
      defer(run)
    }
  }

  function push(source: string, task: Task): void {
    const tasks = waiting.get(source) ?? createFifo<Task>()
    waiting.set(source, tasks)
    tasks.push(task)
    if (!isScheduled) {
      isScheduled = true
      defer(run)
    }
  }

  return {
    add(source, task) {
      const hasRoom = (waiting.get(source)?.length ?? 0) < maxWaiting
      if (hasRoom) {
        push(source, task)
      }
      return hasRoom
    },
    async settled() {
      const sources = [...waiting.keys()]
      await Promise.all(
        sources.map((source) => new Promise<void>((resolve) => push(source, resolve))),
      )
    },
  }
}
