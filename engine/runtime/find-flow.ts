import type { CallFlow } from '../call/call-event.ts'
import type { QueueId } from '../catalogue/ids.ts'
import type { FlowReason } from '../catalogue/outcomes.ts'
import { type Refusal, refuse } from '../catalogue/refusals.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import type { TenantSettings } from './settings.ts'
import { callFlow } from './translation.ts'

/**
 * A request for a flow, by name or as JSON. An engine that takes over the call can only restart a
 * named flow.
 */
export interface FlowRequest {
  readonly flow: unknown
  /** For `{NAME}` in prompts and for `when`. */
  readonly values?: Readonly<Record<string, string>>
}

/** Finds or parses the requested flow. */
export function findFlow(
  settings: TenantSettings,
  { flow, values = {} }: FlowRequest,
  by: FlowReason,
  newId: () => string,
): CallFlow | Refusal {
  if (typeof flow === 'string') {
    const found = callFlow(settings, flow, by, newId)
    return found === undefined
      ? refuse('flowUnknown', 'the tenant has no such flow')
      : { ...found, variables: { ...found.variables, ...values } }
  }
  const parsed = parseFlow(flow, (queue) => settings.queues.has(queue as QueueId))
  if (!parsed.ok) {
    const [fault] = parsed.faults
    return refuse('invalid', `flow: ${fault?.path} ${fault?.message}`)
  }
  return {
    ...{ name: 'inline', isNamed: false, runId: newId(), by },
    ...{ flow: parsed.flow, variables: values },
  }
}
