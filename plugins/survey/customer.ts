import {
  type DurationMs,
  derivedUuid,
  type EpochMs,
  type EventData,
  z,
} from '../../engine/plugin/index.ts'
import type { Spacing } from './campaign-options.ts'
import type { Verdict } from './verdict.ts'

const instant = z.int().nonnegative()

/** Final outcome of a campaign for a customer. */
const ending = z.enum([
  'answered',
  'partial',
  'refused',
  'optedOut',
  'hungUp',
  'unreached',
  'doNotCall',
  'askedBefore',
  'forbidden',
])

export type Ending = z.output<typeof ending>

/** State of a customer in a campaign. A customer without an entry waits for the first attempt. */
export const customer = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting'), attempts: z.int().nonnegative(), notBeforeAt: instant }),
  z.object({
    state: z.literal('dialling'),
    /** Number of attempts, this one included. */
    attempts: z.int().positive(),
    callId: z.string(),
    claimedAt: instant,
    /** When the engine accepted the attempt. */
    givenAt: instant.optional(),
  }),
  z.object({
    state: z.literal('talking'),
    attempts: z.int().positive(),
    callId: z.string(),
    since: instant,
  }),
  z.object({ state: z.literal('ended'), attempts: z.int().nonnegative(), as: ending }),
])

export type Customer = z.output<typeof customer>

/** Outcomes of an attempt without a survey. */
export type Miss = keyof Spacing

/** How often and how far apart a customer is dialled. */
export interface AttemptRules {
  readonly attempts: number
  readonly spacing: Spacing
}

/** State before the first attempt. */
export const fresh: Customer = { state: 'waiting', attempts: 0, notBeforeAt: 0 }

/**
 * Derives the call id of an attempt. It is always the same, so that an attempt that is
 * given to the engine twice dials once.
 */
export function attemptCallId(campaign: string, customerKey: string, attempt: number): string {
  return derivedUuid(`${campaign}/${customerKey}/${attempt}`)
}

/** Claims the next attempt; returns the same object if none is due. */
export function claim(now: Customer, at: EpochMs, callIdOf: (attempt: number) => string): Customer {
  if (now.state !== 'waiting' || now.notBeforeAt > at) {
    return now
  }
  const attempts = now.attempts + 1
  return { state: 'dialling', attempts, callId: callIdOf(attempts), claimedAt: at }
}

/** The engine has accepted the attempt. */
export function give(now: Customer, callId: string, at: EpochMs): Customer {
  return now.state === 'dialling' && now.callId === callId && now.givenAt === undefined
    ? { ...now, givenAt: at }
    : now
}

/** The engine refused the attempt and dialled nobody, so it does not count. */
export function takeBack(now: Customer, callId: string, notBeforeAt: EpochMs): Customer {
  return now.state === 'dialling' && now.callId === callId
    ? { state: 'waiting', attempts: now.attempts - 1, notBeforeAt }
    : now
}

/** A dial has ended. Ignored unless it is the current attempt. */
export function handleDialEnd(
  now: Customer,
  callId: string,
  outcome: EventData<'call.dialEnded'>['outcome'],
  at: EpochMs,
  rules: AttemptRules,
): Customer {
  if (now.state !== 'dialling' || now.callId !== callId) {
    return now
  }
  return outcome === 'answered'
    ? { state: 'talking', attempts: now.attempts, callId, since: at }
    : miss(now, callId, outcome === 'withdrawn' ? 'failed' : outcome, at, rules)
}

/** An attempt failed: the next one follows after a pause, if any are left. */
export function miss(
  now: Customer,
  callId: string,
  how: Miss,
  at: EpochMs,
  { attempts, spacing }: AttemptRules,
): Customer {
  if ((now.state !== 'dialling' && now.state !== 'talking') || now.callId !== callId) {
    return now
  }
  return now.attempts >= attempts
    ? { state: 'ended', attempts: now.attempts, as: 'unreached' }
    : { state: 'waiting', attempts: now.attempts, notBeforeAt: at + spacing[how] }
}

/** Ends the campaign for a customer. */
export function end(now: Customer, as: Ending): Customer {
  return now.state === 'ended' ? now : { state: 'ended', attempts: now.attempts, as }
}

/** A survey is over. Answers and refusals count, whichever attempt they come from. */
export function handleVerdict(
  now: Customer,
  callId: string,
  verdict: Verdict,
  at: EpochMs,
  rules: AttemptRules,
): Customer {
  switch (verdict.type) {
    case 'answered':
      return end(now, verdict.isComplete ? 'answered' : 'partial')
    case 'refused':
      return end(now, verdict.isOptOut ? 'optedOut' : 'refused')
    case 'abandoned':
      switch (verdict.reason) {
        case 'hungUp':
          return end(now, 'hungUp')
        case 'timedOut':
          return miss(now, callId, 'silent', at, rules)
        case 'failed':
          return miss(now, callId, 'failed', at, rules)
        case 'lost':
          return miss(now, callId, 'unknown', at, rules)
      }
  }
}

/** How long to wait for events of an attempt. */
export interface Patience {
  /** From the claim until the engine accepts the attempt. */
  readonly givenMs: DurationMs
  /** From then until the dial ends. */
  readonly diallingMs: DurationMs
  readonly talkingMs: DurationMs
}

/** What is overdue for a customer: `give` the attempt again, or count it as a `miss`. */
export function overdueCustomer(
  now: Customer,
  at: EpochMs,
  patience: Patience,
): 'nothing' | 'give' | 'miss' {
  switch (now.state) {
    case 'dialling':
      if (now.givenAt === undefined) {
        return at - now.claimedAt >= patience.givenMs ? 'give' : 'nothing'
      }
      return at - now.givenAt >= patience.diallingMs ? 'miss' : 'nothing'
    case 'talking':
      return at - now.since >= patience.talkingMs ? 'miss' : 'nothing'
    case 'waiting':
    case 'ended':
      return 'nothing'
  }
}
