import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { PhoneBook } from './phone.ts'
import type { Random } from './random.ts'

export interface AgentPhonesOptions {
  readonly clock: Clock
  readonly random: Random
  /** Which dial strings are phones of agents. @default those of {@link agentDialString} */
  readonly isPhone?: (dialString: string) => boolean
  /** Agents pick up after a time between these two. @default 500 to 1500 ms */
  readonly answerMs?: readonly [low: DurationMs, high: DurationMs]
  /** Probabilities, for each call, that it ends otherwise; what is left is answered. @default none */
  readonly faults?: Partial<Record<PhoneFault, number>>
}

export type PhoneFault = 'noAnswer' | 'busy' | 'reject' | 'unreachable'

/** The dial string of agent `n` of a simulated switch. */
export function agentDialString(n: number): string {
  return `sofia/internal/agent${n}@sim`
}

/**
 * Phones with agents behind them. A phone takes one call at a time: to a second
 * one it is busy.
 */
export function createAgentPhones(options: AgentPhonesOptions): PhoneBook {
  const { clock, random, answerMs: [low, high] = [500, 1_500], faults = {} } = options
  const isPhone =
    options.isPhone ?? ((dialString) => /^sofia\/internal\/agent\d+@sim$/.test(dialString))
  const inUse = new Set<string>()

  return (dialString) => {
    if (!isPhone(dialString)) return undefined
    return (call) => {
      const fate = inUse.has(dialString) ? 'busy' : drawFate(random, faults)
      const cause = fate && refusals[fate]
      if (cause !== undefined) {
        call.refuse(cause)
        return { ended: () => undefined }
      }
      inUse.add(dialString)
      call.ring()
      const timer = clock.setTimer(random.between(low, high), () => {
        if (fate === undefined) call.answer()
        if (fate === 'reject') call.refuse('CALL_REJECTED')
      })
      return {
        ended() {
          timer.cancel()
          inUse.delete(dialString)
        },
      }
    }
  }
}

/** Faults that the phone, or the way to it, answers with at once. */
const refusals: Partial<Record<PhoneFault, string>> = {
  busy: 'USER_BUSY',
  unreachable: 'NORMAL_TEMPORARY_FAILURE',
}

function drawFate(
  random: Random,
  faults: Partial<Record<PhoneFault, number>>,
): PhoneFault | undefined {
  let draw = random.next()
  for (const fault of ['noAnswer', 'busy', 'reject', 'unreachable'] as const) {
    draw -= faults[fault] ?? 0
    if (draw < 0) return fault
  }
  return undefined
}
