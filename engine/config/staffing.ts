import type { Raw, Report } from '../yaml/document.ts'
import type { Path } from '../yaml/fault.ts'
import { listOf, mapOf } from '../yaml/raw.ts'
import { queueOf } from './member-references.ts'
import { alternativesOf, suits } from './skill-match.ts'

/** Warns of queues whose callers nobody may answer, however long they wait, and of rules that hold for none of their agents. */
export function reportStaffing(tenant: Raw, path: Path, report: Report): void {
  const { queues, agents, agentDefaults } = mapOf(tenant)
  const shared = mapOf(agentDefaults)
  const staff = Object.values(mapOf(agents)).map((agent) => {
    const own = mapOf(agent)
    return {
      memberships: listOf(own['queues'] ?? shared['queues']),
      skills: { ...mapOf(shared['skills']), ...mapOf(own['skills']) },
      wrapUp: own['wrapUp'] ?? shared['wrapUp'],
    }
  })
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const queuePath = [...path, 'queues', queueId]
    const members = staff.flatMap(({ memberships, skills, wrapUp }) =>
      memberships
        .filter((membership) => queueOf(membership) === queueId)
        .map((membership) => ({ skills, wrapUp: mapOf(membership)['wrapUp'] ?? wrapUp })),
    )
    const { requires, relax, wrapUp: ofQueue } = mapOf(queue)
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
    if (
      ofQueue !== undefined &&
      members.length > 0 &&
      members.every(({ wrapUp }) => wrapUp !== undefined)
    ) {
      report(
        [...queuePath, 'wrapUp'],
        'has no effect: every agent of this queue has a wrapUp of their own',
        'remove it, or those of the agents (agentDefaults too)',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}
