import { queueSteps } from '../flow/flow-in-file.ts'
import { flowSchema } from '../flow/flow-schema.ts'
import { named } from '../yaml/collections.ts'
import { mapOf } from '../yaml/raw.ts'
import { idKey } from '../yaml/scalars.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'
import type { TenantCheck } from './file-view.ts'

/** The flows of a tenant, by name. */
export const flowsSchema = named(
  idKey('flow'),
  flowSchema,
  'flows: { greeting: { steps: [ { play: welcome.wav } ] } }',
)

/** Reports steps that lead to queues that do not exist. */
export const checkFlows: TenantCheck = ({ path, raw, queueIds }, report) => {
  for (const [name, flow] of Object.entries(mapOf(raw['flows']))) {
    for (const { index, queue } of queueSteps(flow)) {
      reportUnknown(
        'queue',
        queue,
        [...path, 'flows', name, 'steps', index, 'queue'],
        queueIds,
        report,
      )
    }
  }
}
