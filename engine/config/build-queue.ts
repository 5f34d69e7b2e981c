import type { QueueId, SkillId } from '../catalogue/ids.ts'
import type { Alternative, Requirement } from '../catalogue/needs.ts'
import type { OverflowTarget } from '../catalogue/targets.ts'
import type { OverflowRule, QueueConfig } from './engine-config.ts'
import type { ConfigFile } from './file-schema.ts'

type QueueFile = ConfigFile['tenants'][string]['queues'][string]
type TargetFile = QueueFile['whenMaxWait']
type RequirementFile = QueueFile['requires']

/** Turns a queue without faults into the configuration the engine runs on. */
export function buildQueue(queueId: QueueId, file: QueueFile): QueueConfig {
  return {
    settings: {
      queueId,
      strategy: file.strategy,
      scorer: undefined,
      priority: file.priority,
      ageing: {
        perMinute: file.ageing.perMinute,
        steps: file.ageing.steps.map(({ after, points }) => ({ afterMs: after, points })),
      },
      requires: buildRequirement(file),
      tiers: { openAfterMs: file.tiers.openAfter, skipUnstaffed: file.tiers.skipUnstaffed },
      ringMs: file.ringTime,
      ringAtMost: file.ringAtMost,
      ringStepMs: file.ringStep,
      wrapUpMs: file.wrapUp,
      capacity: file.capacity,
      maxWaitMs: file.maxWait,
      joinUnstaffed: file.unstaffed.join,
      maxUnstaffedMs: file.unstaffed.leaveAfter,
      actions: file.actions.map(({ name, after, every }) => ({
        name,
        afterMs: after,
        everyMs: every,
      })),
      retryDeclinedMs: file.retryDeclined,
    },
    scorer: file.scorer,
    description: file.description,
    music: soundOf(file.music),
    ringback: soundOf(file.ringback ?? file.music),
    overflow: buildOverflows(file),
    stickyHold: file.stickyHold,
    actions: new Map(file.actions.map(({ name, data }) => [name, data])),
    serviceLevelMs: file.serviceLevel,
    shortAbandonMs: file.shortAbandon,
    labels: new Map(Object.entries(file.labels)),
  }
}

/** Steps in time; none where anyone suits from the start. */
function buildRequirement({ requires, relax }: QueueFile): Requirement {
  const first = buildAlternatives(requires)
  return relax.length === 0 && first.some((alternative) => alternative.length === 0)
    ? []
    : [
        { afterMs: 0, anyOf: first },
        ...relax.map(({ after, requires: later }) => ({
          afterMs: after,
          anyOf: buildAlternatives(later),
        })),
      ]
}

function buildAlternatives(file: RequirementFile): readonly Alternative[] {
  return (Array.isArray(file) ? file : [file]).map((skills) =>
    Object.entries(skills).map(([skill, minLevel]) => ({ skill: skill as SkillId, minLevel })),
  )
}

function buildOverflows(file: QueueFile): Readonly<Partial<Record<OverflowRule, OverflowTarget>>> {
  const { join, leaveAfter } = file.unstaffed
  return {
    ...(file.maxWait === undefined ? {} : { maxWait: buildOverflow(file.whenMaxWait) }),
    ...(file.capacity === undefined ? {} : { full: buildOverflow(file.whenFull) }),
    ...(join && leaveAfter === undefined ? {} : { unstaffed: buildOverflow(file.whenUnstaffed) }),
  }
}

function buildOverflow(file: TargetFile): OverflowTarget {
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

/** `silence` plays nothing at all: not a source of sound that is silent. */
function soundOf(source: string): string | undefined {
  return source === 'silence' ? undefined : source
}
