/** One step of an extension. */
export interface Action {
  readonly application: string
  readonly data: string
}

/** The actions for a dialled number; undefined where the context does not know it. */
export type Dialplan = (number: string, context: string) => readonly Action[] | undefined

/** `application` or `application data`, as one would read it in an extension. */
export function action(line: string): Action {
  const space = line.indexOf(' ')
  return space < 0
    ? { application: line, data: '' }
    : { application: line.slice(0, space), data: line.slice(space + 1) }
}

export interface AcdExtension {
  readonly tenant: string
  /** Left out, the tenant's routes decide. */
  readonly queue?: string
  /** The switch's own way out: where the caller goes when no engine takes the call in time. */
  readonly wayOut?: { readonly afterSeconds: number; readonly extension: string }
}

/** What a dialplan does with a caller for the engine: marks the channel, answers and parks it. */
export function acdActions({ tenant, queue, wayOut }: AcdExtension): readonly Action[] {
  const lines = [`set acd_tenant=${tenant}`]
  if (queue !== undefined) lines.push(`set acd_queue=${queue}`)
  if (wayOut !== undefined) {
    lines.push(`sched_transfer +${wayOut.afterSeconds} ${wayOut.extension} XML public`)
  }
  return [...lines, 'answer', 'park'].map(action)
}

/** A dialplan from a table of numbers; each context has the same numbers. */
export function createDialplan(table: Readonly<Record<string, readonly Action[]>>): Dialplan {
  const numbers = new Map(Object.entries(table))
  return (number) => numbers.get(number)
}
