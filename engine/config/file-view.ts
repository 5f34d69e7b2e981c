import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { mapOf } from '../yaml/raw.ts'

/**
 * What a check of more than one value sees. It is the unconverted file, whose shape may be wrong,
 * so that such faults are shown together with those of the schema.
 */
export interface FileView {
  readonly raw: Keys
  readonly tenants: readonly TenantView[]
  /** False: the bus is in memory. */
  readonly hasBroker: boolean
  /** Makes a path absolute that is relative to the file. */
  readonly absolute: (relative: string) => string
  /** Reads a text file; throws as `node:fs` does. */
  readonly readFile: (path: string) => string
}

export interface TenantView {
  readonly file: FileView
  readonly path: Path
  readonly raw: Keys
  readonly queues: readonly QueueView[]
  readonly queueIds: readonly string[]
  readonly flowNames: readonly string[]
}

export interface QueueView {
  readonly queueId: string
  readonly path: Path
  readonly raw: Keys
}

type Keys = Readonly<Record<string, Raw>>

export type FileCheck = (file: FileView, report: Report) => void
export type TenantCheck = (tenant: TenantView, report: Report) => void
export type QueueCheck = (queue: QueueView, report: Report) => void

/** The unconverted file as the checks see it. */
export function viewFile(
  raw: Raw,
  { absolute, readFile }: Pick<FileView, 'absolute' | 'readFile'>,
): FileView {
  const keys = mapOf(raw)
  const tenants: TenantView[] = []
  const file: FileView = {
    raw: keys,
    tenants,
    hasBroker: mapOf(keys['bus'])['nats'] !== undefined,
    absolute,
    readFile,
  }
  for (const [tenantId, tenant] of Object.entries(mapOf(keys['tenants']))) {
    tenants.push(viewTenant(file, ['tenants', tenantId], mapOf(tenant)))
  }
  return file
}

function viewTenant(file: FileView, path: Path, raw: Keys): TenantView {
  const queues = Object.entries(mapOf(raw['queues'])).map(([queueId, queue]) => ({
    queueId,
    path: [...path, 'queues', queueId],
    raw: mapOf(queue),
  }))
  return {
    file,
    path,
    raw,
    queues,
    queueIds: queues.map(({ queueId }) => queueId),
    flowNames: Object.keys(mapOf(raw['flows'])),
  }
}
