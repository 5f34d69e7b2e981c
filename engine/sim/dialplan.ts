/** One step of an extension. */
export interface Action {
  readonly application: string
  readonly data: string
}

/** The actions for a dialled number, or undefined where the context does not have the number. */
export type Dialplan = (number: string, context: string) => readonly Action[] | undefined

/** Parses `application` or `application data` into an action. */
export function action(line: string): Action {
  const space = line.indexOf(' ')
  return space < 0
    ? { application: line, data: '' }
    : { application: line.slice(0, space), data: line.slice(space + 1) }
}

export interface AcdExtension {
  readonly tenant: string
  /** Without it, the tenant's routes choose the queue. */
  readonly queue?: string
  /** The dialplan's own fallback: where the caller goes when no engine takes the call in time. */
  readonly wayOut?: { readonly afterSeconds: number; readonly extension: string }
}

/** The actions that hand a caller to the engine: set the channel's variables, answer and park. */
export function acdActions({ tenant, queue, wayOut }: AcdExtension): readonly Action[] {
  const lines = [`set acd_tenant=${tenant}`]
  if (queue !== undefined) lines.push(`set acd_queue=${queue}`)
  if (wayOut !== undefined) {
    lines.push(`sched_transfer +${wayOut.afterSeconds} ${wayOut.extension} XML public`)
  }
  return [...lines, 'answer', 'park'].map(action)
}

/** Creates a dialplan from a table of numbers. Every context has the same numbers. */
export function createDialplan(table: Readonly<Record<string, readonly Action[]>>): Dialplan {
  const numbers = new Map(Object.entries(table))
  return (number) => numbers.get(number)
}
