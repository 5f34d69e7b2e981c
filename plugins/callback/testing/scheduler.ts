/** One thing a replica waits for: done when it is chosen. */
interface Operation {
  readonly owner: string
  readonly run: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Lets a test choose in which order replicas' operations happen, and which is
 * the last one of a replica that crashes.
 */
export interface Scheduler {
  /** Asks for something; it happens, whole, when it is chosen. */
  operation<T>(owner: string, run: () => T): Promise<T>
  /** How many wait. */
  readonly waiting: number
  /** Does one, and lets what follows come to rest. */
  step(choice: number): Promise<void>
  /** Does all that wait now. */
  stepAll(): Promise<void>
  /** Does one, and its owner dies before it sees the result. Resolves to the owner. */
  stepAndKill(choice: number): string | undefined
  /** Nothing the owner asked for happens any more. */
  kill(owner: string): void
}

/** Creates a scheduler with nothing to do. */
export function createScheduler(): Scheduler {
  let operations: Operation[] = []

  function take(choice: number): Operation | undefined {
    const [chosen] = operations.splice(choice % Math.max(1, operations.length), 1)
    return chosen
  }

  function perform(operation: Operation | undefined): void {
    try {
      operation?.resolve(operation.run())
    } catch (error) {
      operation?.reject(error)
    }
  }

  function kill(owner: string): void {
    operations = operations.filter((operation) => operation.owner !== owner)
  }

  return {
    operation: <T>(owner: string, run: () => T) =>
      new Promise<T>((resolve, reject) => {
        operations.push({
          owner,
          run,
          resolve: resolve as (value: unknown) => void,
          reject,
        })
      }),
    get waiting() {
      return operations.length
    },
    step(choice) {
      perform(take(choice))
      return rest()
    },
    stepAll() {
      operations.splice(0).forEach(perform)
      return rest()
    },
    stepAndKill(choice) {
      const chosen = take(choice)
      if (chosen !== undefined) {
        try {
          chosen.run()
        } catch {
          // Nobody lives to see it.
        }
        kill(chosen.owner)
      }
      return chosen?.owner
    },
    kill,
  }
}

/** Lets promised work go on until it waits for an operation. */
export function rest(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
