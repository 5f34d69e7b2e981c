import { z } from 'zod'
import { findStrategy } from '../core/strategies.ts'

/** A decision record of an event. It tolerates fields that a newer engine adds or leaves out. */
const decisionSchema = z.object({
  soughtBy: z.string().catch('call'),
  strategy: z.string().catch('unknown'),
  step: z.number().catch(0),
  openLevel: z.number().optional().catch(undefined),
  candidates: z
    .array(
      z.object({
        agentId: z.string(),
        level: z.number().catch(1),
        key: z.number().nullish().catch(undefined),
        score: z.number().optional().catch(undefined),
      }),
    )
    .catch([]),
  candidateCount: z.number().optional().catch(undefined),
  excluded: z.array(z.object({ agentId: z.string(), why: z.string() })).catch([]),
  excludedCount: z.record(z.string(), z.number()).catch({}),
  calls: z
    .array(
      z.object({
        callId: z.string(),
        queueId: z.string().catch('?'),
        points: z.number().catch(0),
        waitMs: z.number().catch(0),
        score: z.number().optional().catch(undefined),
      }),
    )
    .catch([]),
})

type DecisionRead = z.infer<typeof decisionSchema>
type Candidate = DecisionRead['candidates'][number]
type Caller = DecisionRead['calls'][number]

const exclusions: Readonly<Record<string, string>> = {
  loggedOut: 'logged out',
  onBreak: 'on break',
  occupied: 'on a call, ringing or in wrap-up',
  resting: 'resting',
  declined: 'declined this call recently',
  tier: 'in a level that is not open yet',
  skill: 'without the required skill',
  notPreferred: 'not a preferred agent',
}

/**
 * Explains in sentences, for a supervisor, why an offer went to these agents.
 *
 * @param agents the agents of the offer
 * @param callId the call that was offered
 * @returns undefined when `decision` is not a decision record
 */
export function decisionText(
  decision: unknown,
  agents: readonly string[],
  callId: string,
): readonly string[] | undefined {
  const { data } = decisionSchema.safeParse(decision)
  if (data === undefined) {
    return undefined
  }
  return [...searchText(data, callId), ...candidatesText(data, agents), ...exclusionText(data)]
}

function searchText({ soughtBy, calls, step, openLevel }: DecisionRead, callId: string) {
  const requirement = step > 0 ? [`Its requirement had been relaxed ${times(step)}.`] : []
  const tiers = openLevel === undefined ? [] : [`Levels up to ${openLevel} were open.`]
  if (soughtBy !== 'agent') {
    return ['The call looked for an agent.', ...requirement, ...tiers]
  }
  const own = calls.find((call) => call.callId === callId)
  const next = calls.find((call) => call.callId !== callId)
  const rank = own === undefined ? '' : `, with ${pointsText(own)}`
  return [
    `The agent became free and took the first suitable call: this one${rank}.`,
    next === undefined
      ? 'No other call was considered.'
      : `The next call would have been ${next.callId} of ${next.queueId}, with ${pointsText(next)}.`,
    ...requirement,
    ...tiers,
  ]
}

function pointsText({ points, waitMs, score }: Caller): string {
  const scored = score === undefined ? '' : `, score ${score}`
  // A call that has waited beyond the fairness bound has the greatest number as its points.
  const counted =
    points >= Number.MAX_SAFE_INTEGER
      ? 'precedence by the fairness bound'
      : points === 1
        ? '1 point'
        : `${points} points`
  return `${counted} after waiting ${seconds(waitMs)}${scored}`
}

function candidatesText(decision: DecisionRead, agents: readonly string[]): readonly string[] {
  const { candidates, strategy } = decision
  const count = decision.candidateCount ?? candidates.length
  const name = findStrategy(strategy)?.inShort ?? `strategy ${strategy}`
  const chosen = candidates.filter(({ agentId }) => agents.includes(agentId))
  const others = candidates.filter(({ agentId }) => !agents.includes(agentId))
  const byScore = others.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))
  const [runnerUp, ...rest] = byScore
  const text = (candidate: Candidate) => candidateText(candidate, strategy)
  return [
    `Candidates: ${count}, ${name}.`,
    ...(chosen.length > 0 ? [`Chosen: ${chosen.map(text).join('; ')}.`] : []),
    runnerUp === undefined ? 'No runner-up.' : `Runner-up: ${text(runnerUp)}.`,
    ...(rest.length > 0 ? [`Then: ${rest.map(text).join('; ')}.`] : []),
  ]
}

function candidateText({ agentId, level, key, score }: Candidate, strategy: string): string {
  const parts = [
    ...(key === undefined || key === null ? [] : [keyText(strategy, key)]),
    ...(level === 1 ? [] : [`level ${level}`]),
    ...(score === undefined ? [] : [`score ${score}`]),
  ]
  return parts.length === 0 ? agentId : `${agentId} (${parts.join(', ')})`
}

function keyText(strategy: string, key: number): string {
  return findStrategy(strategy)?.describe(key) ?? `key ${Number(key.toFixed(3))}`
}

function exclusionText({ excluded, excludedCount }: DecisionRead): readonly string[] {
  const reasons = new Map<string, string[]>(
    [...Object.keys(excludedCount), ...excluded.map(({ why }) => why)].map((why) => [why, []]),
  )
  for (const { agentId, why } of excluded) {
    reasons.get(why)?.push(agentId)
  }
  return [...reasons].map(([why, named]) => {
    const more = (excludedCount[why] ?? named.length) - named.length
    const names = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')
    return `Excluded (${exclusions[why] ?? why}): ${names}.`
  })
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/** Formats a duration for people, such as `1.5 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
