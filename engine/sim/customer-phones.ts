import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Party } from './party.ts'
import type { PhoneBook, PhoneCall } from './phone.ts'
import type { Random } from './random.ts'

/** What a customer does with one call. */
export interface CustomerPlan {
  /** What happens to the call. */
  readonly fate: 'answers' | 'rejects' | 'letsItRing' | 'isBusy' | 'isUnreachable'
  /** How long the phone rings before the customer answers or rejects. */
  readonly afterMs: DurationMs
  /** How long they wait for an agent after they answered. Infinity: for ever. */
  readonly patienceMs: DurationMs
  /** How long they talk before they hang up. Infinity: until the agent does. */
  readonly talkMs: DurationMs
}

/** One call as the customer saw it. */
export interface CustomerCall {
  readonly number: string
  /** The number on their display. */
  readonly callerId: string
  readonly legId: string
  readonly rungAt: EpochMs
  answeredAt: EpochMs | undefined
  /** When they first heard somebody. */
  joinedAt: EpochMs | undefined
  endedAt: EpochMs | undefined
  /** `dropped`: the switch hung up while they waited for an agent. `missed`: the phone stopped ringing. */
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
  /** The prefix of customers' dial strings. The rest is the number. @default 'sofia/gateway/sim/' */
  readonly prefix?: string
  /** What a customer does with a call. Fields left out are drawn. @default all are drawn */
  readonly plan?: (number: string, random: Random) => Partial<CustomerPlan>
  /** Bounds of the ringing time before they answer or reject. @default 1 to 8 s */
  readonly answerMs?: readonly [low: DurationMs, high: DurationMs]
  /** Probabilities of the ways in which a call is not answered. @default all 0 */
  readonly faults?: Partial<Record<Exclude<CustomerPlan['fate'], 'answers'>, number>>
  /** Mean time they wait for an agent after they answered, exponentially distributed. @default 15 s */
  readonly patienceMs?: DurationMs
  /** Mean length of a conversation, exponentially distributed. @default 3 minutes */
  readonly talkMs?: DurationMs
  /** The keys they press at this prompt, or undefined for none. @default never any */
  readonly keysFor?: (prompt: string, number: string) => string | undefined
  /** How long they stay on the line after the other side has left. @default 2 s */
  readonly lingerMs?: DurationMs
}

/** Customers who can be called. Their record of the calls does not depend on the engine, so it can check one. */
export interface CustomerPhones {
  /** The customers' phones, to be given to the switch. */
  readonly phones: PhoneBook
  /** Every call to a customer, including those that did not get through, oldest first. */
  readonly calls: readonly CustomerCall[]
  /** Cancels all timers. The customers do nothing afterwards. */
  stop(): void
}

const thinkMs: DurationMs = 500

/** Creates customers at `sofia/gateway/sim/NUMBER`. Each takes one call at a time; a second one gets busy. */
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
        end(seen.answeredAt === undefined ? 'missed' : talkedOr('dropped'))
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
        end(talkedOr('gaveUp'))
        call.hangUp()
      })
    }
    function talkedOr<Outcome>(otherwise: Outcome): Outcome | 'talked' {
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
