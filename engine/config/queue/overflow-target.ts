import { hangupCauses } from '../../catalogue/hangup-causes.ts'
import type { QueueId } from '../../catalogue/ids.ts'
import type { OverflowTarget } from '../../catalogue/targets.ts'
import { type Converted, choice } from '../../yaml/collections.ts'
import { dialplanTarget } from '../../yaml/dialplan-target.ts'
import { idReference, oneOf } from '../../yaml/scalars.ts'

const shape = {
  queue: idReference('queue', 'federal')
    .meta({
      description: 'to another queue of the tenant; the place by time of arrival is kept',
    })
    .optional(),
  flow: idReference('flow', 'voicemail')
    .meta({
      description:
        'to a flow of the tenant, which may lead to a queue: the place by time of arrival is kept',
    })
    .optional(),
  transfer: dialplanTarget
    .meta({ description: 'back to the dialplan: extension, dialplan (XML), context (default)' })
    .optional(),
  hangup: oneOf('a hang-up cause', hangupCauses)
    .meta({ description: 'ends the call, with this cause', example: 'USER_BUSY' })
    .optional(),
}

/**
 * Where a queue sends a call that it gives up.
 *
 * @param key the key it is written under, for the cure of a fault
 */
export function overflowTarget(key: string) {
  return choice(shape, `${key}: { queue: other }`)
}

/** Without a target the call is hung up. */
export function buildTarget(file: Converted<typeof shape> | undefined): OverflowTarget {
  if (file?.queue !== undefined) {
    return { type: 'queue', queueId: file.queue as QueueId }
  }
  if (file?.flow !== undefined) {
    return { type: 'flow', flow: file.flow }
  }
  if (file?.transfer !== undefined) {
    return { type: 'transfer', ...file.transfer }
  }
  return { type: 'hangUp', cause: file?.hangup ?? 'NORMAL_CLEARING' }
}
