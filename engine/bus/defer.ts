/**
 * Runs a task in a later turn of the event loop; tasks run in the order given. A
 * port, so that a simulation can decide when that turn comes.
 */
export type Defer = (task: () => void) => void

/** The next turn of Node's event loop, after pending I/O. */
export const nextTurn: Defer = (task) => {
  setImmediate(task)
}
