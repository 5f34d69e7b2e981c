import type { DurationMs } from '../catalogue/ids.ts'
import type { Clock } from '../clock.ts'
import type { PhoneBook } from './phone.ts'
import type { Random } from './random.ts'

export interface AgentPhonesOptions {
  readonly clock: Clock
  readonly random: Random
  /** Whether a dial string is an agent's phone. @default those of {@link agentDialString} */
  readonly isPhone?: (dialString: string) => boolean
  /** Bounds of the ringing time before an agent picks up. @default 500 to 1500 ms */
  readonly answerMs?: readonly [low: DurationMs, high: DurationMs]
  /** Probability of each fault, per call. All other calls are answered. @default all 0 */
  readonly faults?: Partial<Record<PhoneFault, number>>
}

export type PhoneFault = 'noAnswer' | 'busy' | 'reject' | 'unreachable'

/** The dial string of agent `n` on a simulated switch. */
export function agentDialString(n: number): string {
  return `sofia/internal/agent${n}@sim`
}

/** Creates agents' phones. A phone takes one call at a time; a second one gets busy. */
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

/** The hangup cause of faults that end the call at once. */
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
