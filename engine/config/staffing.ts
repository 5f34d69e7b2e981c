import type { Raw, Report } from './document.ts'
import type { Path } from './fault.ts'
import { queueOf } from './member-references.ts'
import { listOf, mapOf } from './raw.ts'
import { alternativesOf, suits } from './skill-match.ts'

/** Warns of queues whose callers nobody may answer, however long they wait. */
export function reportStaffing(tenant: Raw, path: Path, report: Report): void {
  const { queues, agents, agentDefaults } = mapOf(tenant)
  const shared = mapOf(agentDefaults)
  const staff = Object.values(mapOf(agents)).map((agent) => ({
    queues: listOf(mapOf(agent)['queues'] ?? shared['queues']).map(queueOf),
    skills: { ...mapOf(shared['skills']), ...mapOf(mapOf(agent)['skills']) },
  }))
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const queuePath = [...path, 'queues', queueId]
    const members = staff.filter((agent) => agent.queues.includes(queueId))
    const { requires, relax } = mapOf(queue)
    const steps = [requires, ...listOf(relax).map((step) => mapOf(step)['requires'])]
    const alternatives = steps.flatMap(alternativesOf)
    if (members.length === 0) {
      report(
        queuePath,
        'no agent serves this queue: its callers wait in vain',
        `add ${queueId} to the queues of an agent`,
        { severity: 'warning', at: 'key' },
      )
    } else if (
      !members.some(({ skills }) => alternatives.some((needed) => suits(skills, needed)))
    ) {
      report(
        [...queuePath, 'requires'],
        'no agent of this queue has all of these skills: its callers wait in vain',
        'lower the levels, or give an agent the skills',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}
