type Step = () => unknown

/** What has been opened, and how to close it. */
export interface Closing {
  /** Adds a step: closes what was just opened. */
  add(close: Step): void
  /**
   * Takes every step once, the latest first. A step that fails keeps no other one from being taken.
   *
   * @throws what the first step that failed threw, after the last step
   */
  run(): Promise<void>
}

/** Creates an empty list of steps. */
export function createClosing(): Closing {
  const steps: Step[] = []
  let running: Promise<void> | undefined
  return {
    add(close) {
      steps.push(close)
    },
    async run() {
      running ??= takeAll(steps.toReversed())
      await running
    },
  }
}

async function takeAll(steps: readonly Step[]): Promise<void> {
  const faults: unknown[] = []
  for (const close of steps) {
    try {
      await close()
    } catch (error) {
      faults.push(error)
    }
  }
  if (faults.length > 0) {
    throw faults[0]
  }
}
