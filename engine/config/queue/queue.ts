import type { QueueId } from '../../catalogue/ids.ts'
import type { QueueSettings } from '../../core/settings.ts'
import { type Converted, section } from '../../yaml/collections.ts'
import { text } from '../../yaml/scalars.ts'
import type { TenantCheck } from '../file-view.ts'
import { actionData, actionSettings, actionsShape, checkActions } from './actions.ts'
import { ageingShape, buildAgeing, checkAgeing } from './ageing.ts'
import {
  buildOverflow,
  checkOverflow,
  limitSettings,
  overflowShape,
  type QueueOverflow,
} from './overflow.ts'
import { buildReporting, type QueueReporting, reportingShape } from './reporting.ts'
import {
  buildPreference,
  buildRequirement,
  checkRelaxation,
  type QueuePreference,
  requirementsShape,
} from './requirements.ts'
import { buildRinging, checkRinging, ringingShape } from './ringing.ts'
import { checkScorers, type QueueScorer, scorerShape } from './scorer.ts'
import { buildSound, type QueueSound, soundShape } from './sound.ts'
import { buildTiers, tiersShape } from './tiers.ts'

/** A queue: what the core needs of it, and what the rest of the engine needs. */
export interface QueueConfig
  extends QueueScorer,
    QueueSound,
    QueueOverflow,
    QueuePreference,
    QueueReporting {
  /** `scorer` is undefined until the strategy plugins are loaded. */
  readonly settings: QueueSettings
  /** The data of each of `settings.actions`, by its name. */
  readonly actions: ReadonlyMap<string, Readonly<Record<string, string>>>
}

const shape = {
  description: text('a text', 'Sales, Berlin').meta({ description: 'for people' }).optional(),
  ...ringingShape,
  ...scorerShape,
  ...ageingShape,
  ...requirementsShape,
  ...tiersShape,
  ...soundShape,
  ...overflowShape,
  ...actionsShape,
  ...reportingShape,
}

/** One queue of a tenant. */
export const queueSchema = section(shape, 'sales: { ringTime: 20s }')

/** Turns a queue without faults into the configuration the engine runs on. */
export function buildQueue(queueId: QueueId, file: Converted<typeof shape>): QueueConfig {
  return {
    settings: {
      queueId,
      scorer: undefined,
      ...buildRinging(file),
      ...buildAgeing(file),
      requires: buildRequirement(file),
      ...buildTiers(file),
      ...limitSettings(file),
      actions: actionSettings(file),
    },
    scorer: file.scorer,
    ...buildSound(file),
    ...buildPreference(file),
    overflow: buildOverflow(file),
    actions: actionData(file),
    ...buildReporting(file),
  }
}

const checks = [checkRinging, checkAgeing, checkRelaxation, checkActions]

/** What needs more than one value of the queues of a tenant. */
export const checkQueues: TenantCheck = (tenant, report) => {
  checkOverflow(tenant, report)
  checkScorers(tenant, report)
  for (const queue of tenant.queues) {
    for (const check of checks) {
      check(queue, report)
    }
  }
}
