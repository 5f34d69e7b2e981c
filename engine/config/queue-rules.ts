import { findStrategy, strategiesWhere } from '../core/strategies.ts'
import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { quote, readDuration } from '../yaml/scalars.ts'
import { alternativesOf, suits } from './skill-match.ts'

/** Reports rules of queues that contradict one another or have no effect. */
export function reportQueueRules(queues: Raw | undefined, path: Path, report: Report): void {
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const queuePath = [...path, queueId]
    reportRinging(queue, queuePath, report)
    const { relax, ageing } = mapOf(queue)
    reportOrder(relax, [...queuePath, 'relax'], report)
    reportOrder(mapOf(ageing)['steps'], [...queuePath, 'ageing', 'steps'], report)
    reportRelaxation(queue, queuePath, report)
    reportActions(queue, queuePath, report)
  }
}

function reportRinging(queue: Raw, path: Path, report: Report): void {
  const { strategy, ringAtMost, ringStep } = mapOf(queue)
  const rings = findStrategy(textOf(strategy) ?? '')?.rings ?? 'one'
  if (ringAtMost !== undefined && rings === 'one') {
    report(
      [...path, 'ringAtMost'],
      'has no effect: with this strategy one phone rings at a time',
      `add strategy: ${strategiesWhere((one) => one.rings !== 'one').join(' or ')}, or remove ringAtMost`,
      { severity: 'warning', at: 'key' },
    )
  }
  if (ringStep !== undefined && rings !== 'stepwise') {
    report(
      [...path, 'ringStep'],
      'has no effect: with this strategy no phone begins to ring after another',
      `add strategy: ${strategiesWhere((one) => one.rings === 'stepwise').join(' or ')}, or remove ringStep`,
      { severity: 'warning', at: 'key' },
    )
  }
}

/** Steps in time: each is later than the one before it. */
function reportOrder(steps: Raw | undefined, path: Path, report: Report): void {
  let latest = 0
  for (const [index, step] of listOf(steps).entries()) {
    const after = readDuration(textOf(mapOf(step)['after']) ?? '')
    if (after !== undefined && after > 0 && after <= latest) {
      report(
        [...path, index, 'after'],
        'is not later than the step before it',
        'put the steps in the order of their times, each at a time of its own',
      )
    }
    latest = Math.max(latest, after ?? 0)
  }
}

/** A step is to let more agents in than the one before: who suited once goes on to. */
function reportRelaxation(queue: Raw, path: Path, report: Report): void {
  const { requires, relax } = mapOf(queue)
  let before = alternativesOf(requires)
  for (const [index, step] of listOf(relax).entries()) {
    const after = alternativesOf(mapOf(step)['requires'])
    if (after.length > 0 && !before.every((had) => after.some((needed) => suits(had, needed)))) {
      report(
        [...path, 'relax', index, 'requires'],
        'shuts out agents who would have done before',
        'ask for the same skills at lower levels, for fewer, or add alternatives to those before',
        { severity: 'warning', at: 'key' },
      )
    }
    before = after
  }
}

function reportActions(queue: Raw, path: Path, report: Report): void {
  const names = new Set<string>()
  for (const [index, action] of listOf(mapOf(queue)['actions']).entries()) {
    const name = textOf(mapOf(action)['name']) ?? ''
    if (names.has(name)) {
      report(
        [...path, 'actions', index, 'name'],
        `${quote(name)} is the name of an action above it`,
        'give each action of a queue a name of its own',
      )
    } else if (name !== '') {
      names.add(name)
    }
  }
}
