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

/** How a campaign is through with a customer. */
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

/** Where a customer of a campaign stands. Who has no record is waiting for the first attempt. */
export const customer = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting'), attempts: z.int().nonnegative(), notBeforeAt: instant }),
  z.object({
    state: z.literal('dialling'),
    /** This one included. */
    attempts: z.int().positive(),
    callId: z.string(),
    claimedAt: instant,
    /** When the engine said that it dials. */
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

/** What an attempt can come to without a survey. */
export type Miss = keyof Spacing

/** How often and how far apart a customer is dialled. */
export interface AttemptRules {
  readonly attempts: number
  readonly spacing: Spacing
}

/** Before the first attempt. */
export const fresh: Customer = { state: 'waiting', attempts: 0, notBeforeAt: 0 }

/**
 * The id of the call of an attempt: always the same, so that an attempt given
 * to an engine twice dials once.
 */
export function attemptCallId(campaign: string, customerKey: string, attempt: number): string {
  return derivedUuid(`${campaign}/${customerKey}/${attempt}`)
}

/** Takes the next attempt; the very same customer when it is not due. */
export function claim(now: Customer, at: EpochMs, callIdOf: (attempt: number) => string): Customer {
  if (now.state !== 'waiting' || now.notBeforeAt > at) {
    return now
  }
  const attempts = now.attempts + 1
  return { state: 'dialling', attempts, callId: callIdOf(attempts), claimedAt: at }
}

/** The engine has taken the attempt. */
export function give(now: Customer, callId: string, at: EpochMs): Customer {
  return now.state === 'dialling' && now.callId === callId && now.givenAt === undefined
    ? { ...now, givenAt: at }
    : now
}

/** The engine has refused it, and dialled nobody: it does not count. */
export function takeBack(now: Customer, callId: string, notBeforeAt: EpochMs): Customer {
  return now.state === 'dialling' && now.callId === callId
    ? { state: 'waiting', attempts: now.attempts - 1, notBeforeAt }
    : now
}

/** The dialling came to an end. Of no effect for any attempt but the present one. */
export function hearDialEnd(
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

/** An attempt came to nothing: another follows after a pause, while there are any left. */
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

/** The campaign is through with a customer. */
export function end(now: Customer, as: Ending): Customer {
  return now.state === 'ended' ? now : { state: 'ended', attempts: now.attempts, as }
}

/** The survey is over. An answer counts from whichever attempt it comes. */
export function hearVerdict(
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

/** How long the word on an attempt may be late. */
export interface Patience {
  /** From the claim to the engine's word that it dials. */
  readonly givenMs: DurationMs
  /** From then to the end of the dialling. */
  readonly diallingMs: DurationMs
  readonly talkingMs: DurationMs
}

/** What time alone demands of a customer: `give` the attempt again, or count it as missed. */
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
