import type { CallFlow } from '../call/call-event.ts'
import type { QueueId } from '../catalogue/ids.ts'
import type { FlowReason } from '../catalogue/outcomes.ts'
import { type Refusal, refuse } from '../catalogue/refusals.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import type { TenantSettings } from './settings.ts'
import { callFlow } from './translation.ts'

/** A flow that is asked for: by its name, or as JSON. An engine that takes the call over begins only a named one anew. */
export interface FlowRequest {
  readonly flow: unknown
  /** For `{NAME}` in prompts and for `when`. */
  readonly values?: Readonly<Record<string, string>>
}

/** The flow that is asked for, ready to be run. */
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
