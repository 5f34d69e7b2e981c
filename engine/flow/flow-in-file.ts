import type { Raw } from '../yaml/document.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { actionsOf, takesTime } from './step-rules.ts'

/** These read flows in an unconverted file, whose shape may be wrong. */

/** The steps of a flow that lead to a queue, and the name of the queue. */
export function queueSteps(
  flow: Raw | undefined,
): readonly { readonly index: number; readonly queue: Raw }[] {
  return stepsOf(flow).flatMap(({ queue }, index) =>
    queue === undefined ? [] : [{ index, queue }],
  )
}

/**
 * The queues that a flow leads to at once. Empty for a flow that tells or asks the caller something:
 * a caller who comes back to a queue from there has been told why, or wanted to.
 */
export function queuesAtOnce(flow: Raw | undefined): readonly string[] {
  const steps = stepsOf(flow)
  return steps.some((step) => actionsOf(step).some((action) => takesTime.has(action)))
    ? []
    : steps.flatMap(({ queue }) => textOf(queue) ?? [])
}

function stepsOf(flow: Raw | undefined) {
  return listOf(mapOf(flow)['steps']).map(mapOf)
}
