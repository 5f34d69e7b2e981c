import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Party } from './party.ts'
import type { PhoneBook, PhoneCall } from './phone.ts'
import type { Random } from './random.ts'

/** What a customer does with one call. */
export interface CustomerPlan {
  /**
   * `answers` after `afterMs` of ringing; `rejects` after as long; `lets it ring`;
   * or the call does not reach them.
   */
  readonly fate: 'answers' | 'rejects' | 'letsItRing' | 'isBusy' | 'isUnreachable'
  readonly afterMs: DurationMs
  /** How long they stay without an agent, from their answer. Infinity: for ever. */
  readonly patienceMs: DurationMs
  /** How long they talk before they hang up. Infinity: until the agent does. */
  readonly talkMs: DurationMs
}

/** What a customer saw of one call. */
export interface CustomerCall {
  readonly number: string
  /** What the display showed. */
  readonly callerId: string
  readonly legId: string
  readonly rungAt: EpochMs
  answeredAt: EpochMs | undefined
  /** First heard somebody. */
  joinedAt: EpochMs | undefined
  endedAt: EpochMs | undefined
  /** `dropped`: hung up on while waiting for an agent. `missed`: the ringing ended by itself. */
  outcome:
    | 'talked'
    | 'gaveUp'
    | 'dropped'
    | 'missed'
    | 'rejected'
    | 'busy'
    | 'unreachable'
    | undefined
}

export interface CustomerPhonesOptions {
  readonly clock: Clock
  readonly random: Random
  /** A dial string is a customer's when it begins so; the rest is the number. @default 'sofia/gateway/sim/' */
  readonly prefix?: string
  /** What a customer does with a call; what is left out is drawn. @default all is drawn */
  readonly plan?: (number: string, random: Random) => Partial<CustomerPlan>
  /** They answer after a time between these two. @default 1 to 8 s */
  readonly answerMs?: readonly [low: DurationMs, high: DurationMs]
  /** Probabilities that a call is not answered; the rest is. @default none */
  readonly faults?: Partial<Record<Exclude<CustomerPlan['fate'], 'answers'>, number>>
  /** Mean time they wait for an agent once they have answered, exponential. @default 15 s */
  readonly patienceMs?: DurationMs
  /** Mean length of a conversation, exponential. @default 3 minutes */
  readonly talkMs?: DurationMs
  /** The keys pressed when asked with this prompt; undefined: none. @default none ever */
  readonly keysFor?: (prompt: string, number: string) => string | undefined
  /** How long one who was left alone after a conversation stays. @default 2 s */
  readonly lingerMs?: DurationMs
}

/** Customers who can be called, and what they saw: independent of any engine, to check one against. */
export interface CustomerPhones {
  /** Their part of the switch's phones. */
  readonly phones: PhoneBook
  /** Every call that reached one or tried to, oldest first. */
  readonly calls: readonly CustomerCall[]
  /** They do nothing any more: the world is at its end. */
  stop(): void
}

const thinkMs: DurationMs = 500

/** Customers at `sofia/gateway/sim/NUMBER`. One takes one call at a time: a second finds them busy. */
export function createCustomerPhones(options: CustomerPhonesOptions): CustomerPhones {
  const { clock, prefix = 'sofia/gateway/sim/' } = options
  const calls: CustomerCall[] = []
  const timers = new Set<Timer>()
  let isStopped = false
  const inUse = new Set<string>()

  function take(call: PhoneCall, number: string): Party {
    const isFree = !inUse.has(number)
    const plan = { ...drawPlan(options), ...options.plan?.(number, options.random) }
    const seen: CustomerCall = {
      number,
      callerId: call.variables.get('origination_caller_id_number') ?? '',
      legId: call.legId,
      rungAt: clock.now(),
      answeredAt: undefined,
      joinedAt: undefined,
      endedAt: undefined,
      outcome: undefined,
    }
    calls.push(seen)
    const end = (outcome: NonNullable<CustomerCall['outcome']>): void => {
      if (seen.outcome !== undefined) return
      seen.outcome = outcome
      seen.endedAt = clock.now()
    }
    if (!isFree || plan.fate === 'isBusy') return refuse('busy', 'USER_BUSY')
    if (plan.fate === 'isUnreachable') return refuse('unreachable', 'NORMAL_TEMPORARY_FAILURE')
    inUse.add(number)
    call.ring()
    let next: Timer | undefined =
      plan.fate === 'letsItRing' ? undefined : after(plan.afterMs, decide)
    let keys: Timer | undefined

    return {
      asked(prompt) {
        const pressed = options.keysFor?.(prompt, number)
        if (pressed !== undefined) keys = after(thinkMs, () => call.press(pressed))
      },
      joined() {
        seen.joinedAt ??= clock.now()
        leaveAfter(plan.talkMs)
      },
      parted: () => leaveAfter(options.lingerMs ?? 2_000),
      ended() {
        next?.cancel()
        keys?.cancel()
        inUse.delete(number)
        end(seen.answeredAt === undefined ? 'missed' : lastWord('dropped'))
      },
    }

    function refuse(outcome: 'busy' | 'unreachable', cause: string): Party {
      end(outcome)
      call.refuse(cause)
      return { ended: () => undefined }
    }
    function decide(): void {
      if (plan.fate === 'rejects') {
        end('rejected')
        call.refuse('CALL_REJECTED')
        return
      }
      seen.answeredAt = clock.now()
      leaveAfter(plan.patienceMs)
      call.answer()
    }
    function leaveAfter(ms: DurationMs): void {
      next?.cancel()
      next = after(ms, () => {
        end(lastWord('gaveUp'))
        call.hangUp()
      })
    }
    function lastWord<Word>(otherwise: Word): Word | 'talked' {
      return seen.joinedAt === undefined ? otherwise : 'talked'
    }
  }

  function after(ms: DurationMs, work: () => void): Timer | undefined {
    if (isStopped || !Number.isFinite(ms)) return undefined
    const timer = clock.setTimer(ms, () => {
      timers.delete(timer)
      work()
    })
    timers.add(timer)
    return {
      cancel() {
        timers.delete(timer)
        timer.cancel()
      },
    }
  }

  return {
    calls,
    stop() {
      isStopped = true
      for (const timer of timers) timer.cancel()
      timers.clear()
    },
    phones(dialString) {
      const number = dialString.slice(prefix.length)
      return dialString.startsWith(prefix) && number !== ''
        ? (call) => take(call, number)
        : undefined
    },
  }
}

function drawPlan(options: CustomerPhonesOptions): CustomerPlan {
  const { random, answerMs: [low, high] = [1_000, 8_000], faults = {} } = options
  const afterMs = random.between(low, high)
  const patienceMs = random.exponential(options.patienceMs ?? 15_000)
  const talkMs = random.exponential(options.talkMs ?? 180_000)
  let draw = random.next()
  for (const fate of ['letsItRing', 'rejects', 'isBusy', 'isUnreachable'] as const) {
    draw -= faults[fate] ?? 0
    if (draw < 0) return { fate, afterMs, patienceMs, talkMs }
  }
  return { fate: 'answers', afterMs, patienceMs, talkMs }
}
