import { hangupCauses } from '../catalogue/hangup-causes.ts'
import { choice } from '../yaml/collections.ts'
import { dialplanTarget } from '../yaml/dialplan-target.ts'
import { idReference, oneOf } from '../yaml/scalars.ts'

/**
 * Where a queue sends a call that it gives up.
 *
 * @param key the key it stands under, for the cure of a fault
 */
export function overflowTarget(key: string) {
  return choice(
    {
      queue: idReference('queue')
        .meta({
          description: 'to another queue of the tenant, keeping the place by time of arrival',
        })
        .optional(),
      flow: idReference('flow', 'voicemail')
        .meta({
          description:
            'to a flow of the tenant, which may lead to a queue: the place by time of arrival is kept',
          example: 'voicemail',
        })
        .optional(),
      transfer: dialplanTarget
        .meta({
          description: 'back to the dialplan: extension, dialplan (XML), context (default)',
          example: '9000 XML default',
        })
        .optional(),
      hangup: oneOf('a hang-up cause', hangupCauses)
        .meta({ description: 'to the end of the call, with this cause', example: 'USER_BUSY' })
        .optional(),
    },
    `${key}: { queue: other }`,
  )
}
