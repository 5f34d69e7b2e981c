import type { z } from 'zod'
import { type AgentStatus, agentStatuses } from '../../catalogue/agent.ts'
import type { AgentId, SkillId } from '../../catalogue/ids.ts'
import type { AgentSettings } from '../../core/settings.ts'
import { section } from '../../yaml/collections.ts'
import { mapOf } from '../../yaml/raw.ts'
import { duration, integer, oneOf, percent, text } from '../../yaml/scalars.ts'
import type { TenantCheck } from '../file-view.ts'
import { skillLevels } from '../queue/requirements.ts'
import { buildMembership, memberships } from './memberships.ts'
import { dialString } from './phone.ts'

const skills = skillLevels('skills: { english: 5 }').meta({
  description: 'each skill with its level, 1 (novice) to 5 (expert)',
})
const wrapUp = duration().meta({
  description:
    "how long the agent is left alone after a conversation; overrides the queues' own `wrapUp`",
})
const maxOccupancy = percent().meta({
  description:
    'an agent who spends more than this share of recent time in conversations and wrap-up rests until the share has fallen to it; default: `100%`, so nobody rests',
})
const status = oneOf('a status', agentStatuses).meta({
  description: 'the agent’s status when the engine starts for the first time',
})
const breakReason = text('a text', 'lunch').meta({
  description: 'the reason, when `status` is `onBreak`',
})
const maxMisses = integer(0, 100, '3').meta({
  description: 'how many calls in a row an agent may miss before being put on break; 0: no limit',
})
const restOf = {
  busy: duration().meta({ description: 'the phone was busy' }),
  declined: duration().meta({ description: 'the agent declined' }),
  noAnswer: duration().meta({ description: 'nobody answered the phone' }),
  unreachable: duration().meta({ description: 'the phone is not registered or does not exist' }),
}
const restExample = 'rest: { busy: 5s }'
const restDescription = 'how long an agent is left alone after an offer that failed'

/** One agent. What is absent comes from the tenant’s `agentDefaults`. */
export const agentSchema = section(
  {
    dial: dialString.meta({
      description: 'how FreeSWITCH reaches the phone; may begin with variables, `{name=value}`',
    }),
    description: text('a text', 'Ann Berg, Berlin').meta({ description: 'for people' }).optional(),
    skills: skills.optional(),
    queues: memberships.optional(),
    wrapUp: wrapUp.optional(),
    maxOccupancy: maxOccupancy.optional(),
    status: status.optional(),
    breakReason: breakReason.optional(),
    maxMisses: maxMisses.optional(),
    rest: section(
      {
        busy: restOf.busy.optional(),
        declined: restOf.declined.optional(),
        noAnswer: restOf.noAnswer.optional(),
        unreachable: restOf.unreachable.optional(),
      },
      restExample,
    )
      .meta({ description: restDescription })
      .optional(),
  },
  'ann: { dial: user/1001@example.org, queues: [ sales ] }',
)

/** What applies to every agent of a tenant who has no setting of their own. */
export const agentDefaultsSchema = section(
  {
    skills: skills.prefault({}),
    queues: memberships.prefault([]),
    wrapUp: wrapUp.optional(),
    maxOccupancy: maxOccupancy.optional(),
    status: status.prefault('available'),
    breakReason: breakReason.prefault('break'),
    maxMisses: maxMisses.prefault('3'),
    rest: section(
      {
        busy: restOf.busy.prefault('5s'),
        declined: restOf.declined.prefault('10s'),
        noAnswer: restOf.noAnswer.prefault('0s'),
        unreachable: restOf.unreachable.prefault('30s'),
      },
      restExample,
    )
      .meta({ description: restDescription })
      .prefault({}),
  },
  'agentDefaults: { queues: [ sales ] }',
)

export interface AgentConfig {
  readonly settings: AgentSettings
  /** How the switch reaches the agent's phone, in its own syntax: for FreeSWITCH a dial string. */
  readonly address: string
}

/** Turns an agent without faults into the configuration the engine runs on. */
export function buildAgent(
  agentId: AgentId,
  file: z.output<typeof agentSchema>,
  shared: z.output<typeof agentDefaultsSchema>,
): AgentConfig {
  const skills = Object.entries({ ...shared.skills, ...file.skills })
  const rest = (outcome: keyof typeof shared.rest) => file.rest?.[outcome] ?? shared.rest[outcome]
  return {
    settings: {
      agentId,
      queues: (file.queues ?? shared.queues).map(buildMembership),
      skills: new Map(skills.map(([skill, level]) => [skill as SkillId, level])),
      status: buildStatus(file.status ?? shared.status, file.breakReason ?? shared.breakReason),
      wrapUpMs: file.wrapUp ?? shared.wrapUp,
      maxMisses: file.maxMisses ?? shared.maxMisses,
      maxOccupancy: file.maxOccupancy ?? shared.maxOccupancy,
      restMs: {
        busy: rest('busy'),
        declined: rest('declined'),
        noAnswer: rest('noAnswer'),
        unreachable: rest('unreachable'),
      },
    },
    address: file.dial,
  }
}

function buildStatus(type: AgentStatus['type'], reason: string): AgentStatus {
  return type === 'onBreak' ? { type, reason } : { type }
}

/** Reports reasons of breaks that agents are not on. */
export const checkBreakReasons: TenantCheck = ({ path, raw }, report) => {
  const shared = mapOf(raw['agentDefaults'])['status']
  for (const [agentId, agent] of Object.entries(mapOf(raw['agents']))) {
    const { status = shared, breakReason } = mapOf(agent)
    if (breakReason !== undefined && status !== 'onBreak') {
      report(
        [...path, 'agents', agentId, 'breakReason'],
        'has no effect: the status is not onBreak',
        'add status: onBreak, or remove breakReason',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}
