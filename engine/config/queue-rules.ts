import type { Raw, Report } from './document.ts'
import type { Path } from './fault.ts'
import { listOf, mapOf, textOf } from './raw.ts'
import { quote } from './scalars.ts'
import { alternativesOf, suits } from './skill-match.ts'

/** Reports rules of queues that contradict one another or have no effect. */
export function reportQueueRules(queues: Raw | undefined, path: Path, report: Report): void {
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const queuePath = [...path, queueId]
    reportRinging(queue, queuePath, report)
    reportRelaxation(queue, queuePath, report)
    reportActions(queue, queuePath, report)
  }
}

function reportRinging(queue: Raw, path: Path, report: Report): void {
  const { strategy, ringAtMost, ringStep } = mapOf(queue)
  const rings = {
    ringAtMost: { raw: ringAtMost, strategies: ['ringAll', 'ringProgressively'] },
    ringStep: { raw: ringStep, strategies: ['ringProgressively'] },
  }
  for (const [key, { raw, strategies }] of Object.entries(rings)) {
    if (raw !== undefined && !strategies.includes(textOf(strategy) ?? '')) {
      report(
        [...path, key],
        'has no effect: this queue rings one phone at a time',
        `add strategy: ${strategies.join(' or ')}, or remove ${key}`,
        { severity: 'warning', at: 'key' },
      )
    }
  }
}

/** A step is to let more agents in than the one before: who suited once goes on to. */
function reportRelaxation(queue: Raw, path: Path, report: Report): void {
  const { requires, relax } = mapOf(queue)
  let before = alternativesOf(requires)
  for (const [index, step] of listOf(relax).entries()) {
    const after = alternativesOf(mapOf(step)['requires'])
    if (!before.every((had) => after.some((needed) => suits(had, needed)))) {
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
