import type { z } from 'zod'
import { section } from '../yaml/collections.ts'
import { oneOf, size, text } from '../yaml/scalars.ts'
import type { FileCheck } from './file-view.ts'

/** Where events wait while the broker is away. */
export const outboxSchema = section(
  {
    directory: text('a directory', '/var/lib/switchyard/outbox').meta({
      description: 'where events are written; relative to the configuration file',
    }),
    maxBytes: size().meta({ description: 'the most to keep on disk' }).prefault('256MiB'),
    whenFull: oneOf('a rule', ['dropOldest', 'dropNewest'])
      .meta({ description: 'which events to give up when `maxBytes` is reached' })
      .prefault('dropOldest'),
  },
  'outbox: { directory: /var/lib/switchyard/outbox }',
).meta({
  description:
    'keeps events on disk while the broker cannot take them; without it they stay in memory',
})

export interface OutboxConfig {
  /** Absolute. */
  readonly directory: string
  readonly maxBytes: number
  readonly whenFull: 'dropOldest' | 'dropNewest'
}

/** Turns an outbox without faults into where events are written. */
export function buildOutbox(
  file: z.output<typeof outboxSchema>,
  absolute: (relative: string) => string,
): OutboxConfig {
  return { ...file, directory: absolute(file.directory) }
}

/** Reports an outbox beside a bus that is never away. */
export const checkOutbox: FileCheck = ({ raw, hasBroker }, report) => {
  if (raw['outbox'] !== undefined && !hasBroker) {
    report(
      ['outbox'],
      'has no effect: the memory bus is always there',
      'remove it, or name the NATS servers under bus',
      { severity: 'warning', at: 'key' },
    )
  }
}
