import { z } from 'zod'
import type { SkillId } from '../../catalogue/ids.ts'
import { levelRange } from '../../catalogue/limits.ts'
import type { Alternative, Preferred, Requirement } from '../../catalogue/needs.ts'
import { type Converted, list, named, section } from '../../yaml/collections.ts'
import type { Raw } from '../../yaml/document.ts'
import { listOf, mapOf } from '../../yaml/raw.ts'
import { duration, durationOr, idKey, integer, refusal } from '../../yaml/scalars.ts'
import type { QueueCheck, QueueView } from '../file-view.ts'
import { reportOrder } from './report-order.ts'

const example = 'requires: { english: 3 }'
/** A map from skills to levels. @param example what to write */
export const skillLevels = (example: string) =>
  named(idKey('skill'), integer(levelRange.min, levelRange.max, '3'), example)

const alternative = skillLevels(example)

/** One map of skills, or a list of maps of which one is enough. */
const requirement = z
  .union([
    alternative,
    list(alternative, example).min(
      1,
      refusal(
        'is empty',
        'write { } for any agent, or name the skills, for example { english: 3 }',
      ),
    ),
  ])
  .meta({ title: 'map by skill, or a list of them', example: '{ english: 3 }' })

const relaxExample = 'relax: [ { after: 30s, requires: { english: 3 } } ]'
const relaxation = section(
  {
    after: duration({ minMs: 1, example: '30s' }).meta({
      description: 'how long the call has waited, in all its queues',
    }),
    requires: requirement.meta({
      description: 'what it needs from then on; with `{}` any agent will do',
    }),
  },
  relaxExample,
).meta({ example: '{ after: 30s, requires: { english: 3 } }' })

/** Which agents suit a call, and whom it waits for. */
export const requirementsShape = {
  requires: requirement
    .meta({
      description:
        'the skills a call needs, each with the lowest level that will do; in a list of maps, one of the maps is enough',
    })
    .prefault({}),
  relax: list(relaxation, relaxExample)
    .meta({ description: 'what a call needs instead once it has waited longer' })
    .prefault([]),
  stickyHold: durationOr('whileStaffed', '20s')
    .meta({
      description:
        'how long a call waits for its preferred agents alone, unless the call itself says so: a time, or `whileStaffed`; with `0s` preferred agents go first when they are ready, and the call does not wait for them',
    })
    .prefault('0s'),
}

type RequirementsFile = Converted<typeof requirementsShape>

export interface QueuePreference {
  /** How long a call waits for the agents it prefers alone, unless the call itself says so. */
  readonly stickyHold: Preferred['hold']
}

export function buildPreference({ stickyHold }: RequirementsFile): QueuePreference {
  return { stickyHold }
}

/** Steps in time. Empty where any agent suits from the start. */
export function buildRequirement({ requires, relax }: RequirementsFile): Requirement {
  const first = buildAlternatives(requires)
  return relax.length === 0 && first.some((skills) => skills.length === 0)
    ? []
    : [
        { afterMs: 0, anyOf: first },
        ...relax.map(({ after, requires: later }) => ({
          afterMs: after,
          anyOf: buildAlternatives(later),
        })),
      ]
}

function buildAlternatives(file: RequirementsFile['requires']): readonly Alternative[] {
  return (Array.isArray(file) ? file : [file]).map((skills) =>
    Object.entries(skills).map(([skill, minLevel]) => ({ skill: skill as SkillId, minLevel })),
  )
}

/** Reports steps that are out of order, and steps that exclude agents who suited before. */
export const checkRelaxation: QueueCheck = (queue, report) => {
  const path = [...queue.path, 'relax']
  reportOrder(queue.raw['relax'], path, report)
  const [first, ...steps] = stepsOf(queue)
  let before = first ?? []
  for (const [index, after] of steps.entries()) {
    if (after.length > 0 && !before.every((had) => after.some((needed) => suits(had, needed)))) {
      report(
        [...path, index, 'requires'],
        'excludes agents who suited before',
        'ask for the same skills at lower levels, for fewer skills, or add alternatives to those before',
        { severity: 'warning', at: 'key' },
      )
    }
    before = after
  }
}

type Levels = Readonly<Record<string, Raw>>

/** The alternatives of each step in the unconverted file, beginning with `requires`. */
export function stepsOf({ raw }: QueueView): readonly (readonly Levels[])[] {
  const { requires, relax } = raw
  return [requires, ...listOf(relax).map((step) => mapOf(step)['requires'])].map(alternativesOf)
}

function alternativesOf(requires: Raw | undefined): readonly Levels[] {
  return Array.isArray(requires) ? listOf(requires).map(mapOf) : [mapOf(requires)]
}

/** Whether somebody with these levels of skills has the needed ones. A needed level that is not one is ignored. */
export function suits(levels: Levels, needed: Levels): boolean {
  return Object.entries(needed).every(
    ([skill, level]) => !(Number(level) <= 5) || Number(levels[skill] ?? 0) >= Number(level),
  )
}
