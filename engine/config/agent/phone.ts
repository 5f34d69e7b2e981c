import { type Path, pathText } from '../../yaml/fault.ts'
import { mapOf, textOf } from '../../yaml/raw.ts'
import { scalar } from '../../yaml/scalars.ts'
import type { FileCheck } from '../file-view.ts'

/**
 * A dial string for one phone. A string for several (`,` `|` `:_:`) is refused: an offer gives its
 * leg one UUID, and the legs of the other phones would belong to nothing.
 */
export const dialString = scalar({
  noun: 'a dial string for one phone',
  example: 'user/1001@example.org',
  json: { type: 'string' },
  read(value) {
    const withoutVariables = value.replace(/^(\{[^}]*\}|<[^>]*>|\[[^\]]*\])+/, '')
    return /^\w+\/[^\s,|]+$/.test(withoutVariables) &&
      !withoutVariables.includes(':_:') &&
      !/\p{Cc}/u.test(value)
      ? value
      : undefined
  },
})

/** Reports two agents with one phone, of whatever tenants. */
export const checkPhones: FileCheck = ({ tenants }, report) => {
  const phones = new Map<string, Path>()
  for (const { path, raw } of tenants) {
    for (const [agentId, agent] of Object.entries(mapOf(raw['agents']))) {
      const dial = textOf(mapOf(agent)['dial'])
      const first = dial === undefined ? undefined : phones.get(dial)
      if (first !== undefined) {
        report(
          [...path, 'agents', agentId, 'dial'],
          `the same phone as ${pathText(first)}: both may be offered a call at the same time`,
          'give each agent a phone, or let only one of them be available at a time',
          { severity: 'warning' },
        )
      } else if (dial !== undefined) {
        phones.set(dial, [...path, 'agents', agentId])
      }
    }
  }
}
