import { listOf, mapOf } from '../../yaml/raw.ts'
import type { QueueView, TenantCheck } from '../file-view.ts'
import { stepsOf, suits } from '../queue/requirements.ts'
import { queueOf } from './memberships.ts'

/** Warns of queues whose callers nobody can answer, however long they wait, and of a `wrapUp` that applies to no agent. */
export const checkStaffing: TenantCheck = ({ raw, queues }, report) => {
  const shared = mapOf(raw['agentDefaults'])
  const staff = Object.values(mapOf(raw['agents'])).map((agent) => {
    const own = mapOf(agent)
    return {
      memberships: listOf(own['queues'] ?? shared['queues']),
      skills: { ...mapOf(shared['skills']), ...mapOf(own['skills']) },
      wrapUp: own['wrapUp'] ?? shared['wrapUp'],
    }
  })
  const membersOf = ({ queueId }: QueueView) =>
    staff.flatMap(({ memberships, skills, wrapUp }) =>
      memberships
        .filter((membership) => queueOf(membership) === queueId)
        .map((membership) => ({ skills, wrapUp: mapOf(membership)['wrapUp'] ?? wrapUp })),
    )

  for (const queue of queues) {
    const members = membersOf(queue)
    const alternatives = stepsOf(queue).flat()
    if (members.length === 0) {
      report(
        queue.path,
        'no agent serves this queue, so its callers wait in vain',
        `add ${queue.queueId} to the queues of an agent`,
        { severity: 'warning', at: 'key' },
      )
      continue
    }
    if (!members.some(({ skills }) => alternatives.some((needed) => suits(skills, needed)))) {
      report(
        [...queue.path, 'requires'],
        'no agent of this queue has all of these skills, so its callers wait in vain',
        'lower the levels, or give an agent the skills',
        { severity: 'warning', at: 'key' },
      )
    }
    if (queue.raw['wrapUp'] !== undefined && members.every(({ wrapUp }) => wrapUp !== undefined)) {
      report(
        [...queue.path, 'wrapUp'],
        'has no effect: every agent of this queue has a wrapUp of their own',
        'remove it, or those of the agents (and of agentDefaults)',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}
