import type { Raw } from '../yaml/document.ts'
import { pathText } from '../yaml/fault.ts'
import { reportShape } from '../yaml/shape-faults.ts'
import { buildFlow } from './build-flow.ts'
import type { Flow } from './flow.ts'
import { flowSchema } from './flow-schema.ts'

/** One fault in a flow. */
export interface FlowFault {
  /** For example `steps[2].menu.keys.1`; empty for the flow as a whole. */
  readonly path: string
  readonly message: string
  /** What to do about it. */
  readonly cure: string
}

export type ParsedFlow =
  | { readonly ok: true; readonly flow: Flow }
  | { readonly ok: false; readonly faults: readonly FlowFault[] }

/**
 * Reads a flow that a plugin sent as JSON. It has the same form as in the configuration file;
 * numbers and booleans may be JSON values or text.
 *
 * @param hasQueue whether the tenant has a queue
 */
export function parseFlow(json: unknown, hasQueue: (queue: string) => boolean): ParsedFlow {
  const shape = flowSchema.safeParse(asText(json, 0))
  const faults: FlowFault[] = []
  const report = (path: readonly (string | number)[], message: string, cure: string): void => {
    faults.push({ path: pathText(path), message, cure })
  }
  if (!shape.success) {
    reportShape(shape.error.issues, report)
    return { ok: false, faults }
  }
  for (const [index, { queue }] of shape.data.steps.entries()) {
    if (queue !== undefined && !hasQueue(queue)) {
      report(['steps', index, 'queue'], `there is no queue ${queue}`, 'name a queue of the tenant')
    }
  }
  return faults.length === 0 ? { ok: true, flow: buildFlow(shape.data) } : { ok: false, faults }
}

/** Deeper than any valid flow. Anything deeper is cut off, so that the flow is refused. */
const maxDepth = 12

/** Converts every scalar to text, which the schema expects. Null counts as absent. */
function asText(json: unknown, depth: number): Raw | undefined {
  if (typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean') {
    return String(json)
  }
  if (typeof json !== 'object' || json === null || depth > maxDepth) {
    return undefined
  }
  if (Array.isArray(json)) {
    return json.map((item) => asText(item, depth + 1) ?? '')
  }
  const entries = Object.entries(json).map(
    ([key, value]) => [key, asText(value, depth + 1)] as const,
  )
  return Object.fromEntries(
    entries.filter((entry): entry is [string, Raw] => entry[1] !== undefined),
  )
}
