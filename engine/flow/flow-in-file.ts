import type { Raw } from '../yaml/document.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { actionsOf, takesTime } from './step-rules.ts'

// These functions read flows in a raw file that has not been validated: its shape may be wrong.

/** The steps of a flow that lead to a queue, and the name of the queue. */
export function queueSteps(
  flow: Raw | undefined,
): readonly { readonly index: number; readonly queue: Raw }[] {
  return stepsOf(flow).flatMap(({ queue }, index) =>
    queue === undefined ? [] : [{ index, queue }],
  )
}

/**
 * The queues that a flow leads to without any delay. Empty for a flow that plays or asks the caller
 * something: a caller who returns to a queue from such a flow was informed, or chose to.
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
