import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { CommandResult } from '../switch/switch.ts'
import type { Contact } from './contact.ts'
import { dialCommand } from './dial-command.ts'
import type { TenantSettings } from './settings.ts'

/** Delays before the hang-up of a leg that does not exist yet is tried again. */
const hangUpRetriesMs: readonly DurationMs[] = [50, 250, 1_000]
/** How long answers for a stopped id are refused. */
const refuseAnswersMs: DurationMs = 120_000

/** The part of a contact that is needed to hang up its phone. */
type Ringing = Pick<Contact, 'home' | 'callId'>

/** Rings the customer, or the agent if the agent is rung first, and stops the ringing. */
export class Dialler {
  readonly #clock: Clock
  readonly #timers = new Set<Timer>()
  /** Ids that may not be answered any more, oldest first. */
  readonly #stopped = new Map<CallId, EpochMs>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param ended called when this ringing ends, unless the contact has been rung again since */
  ring(contact: Contact, settings: TenantSettings, ended: (result: CommandResult) => void): void {
    contact.state = 'dialling'
    contact.dialledAt = this.#clock.now()
    const { dialledAt } = contact
    contact.home?.send(dialCommand(contact, settings), (result) => {
      if (contact.dialledAt === dialledAt) {
        ended(result)
      }
    })
  }

  /** Stops the ringing, and refuses a late answer. */
  stop(ringing: Ringing): void {
    this.hangUp(ringing)
    this.forbid(ringing.callId)
  }

  /** Refuses answers, and later requests, for this id. */
  forbid(callId: CallId): void {
    const at = this.#clock.now()
    for (const [oldest, stoppedAt] of this.#stopped) {
      if (at - stoppedAt < refuseAnswersMs) {
        break
      }
      this.#stopped.delete(oldest)
    }
    this.#stopped.set(callId, at)
  }

  /** Hangs up. Tries again while the leg does not exist: it may still appear. */
  hangUp({ home, callId }: Ringing, attempt = 0): void {
    home?.send({ type: 'hangUp', legId: callId, cause: 'ORIGINATOR_CANCEL' }, (result) => {
      const again = hangUpRetriesMs[attempt]
      if (!result.ok && result.reason === 'noSuchLeg' && again !== undefined) {
        this.later(again, () => this.hangUp({ home, callId }, attempt + 1))
      }
    })
  }

  /** Whether an answer for this id is refused. */
  isStopped(callId: CallId): boolean {
    return this.#stopped.has(callId)
  }

  later(delayMs: DurationMs, act: () => void): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      act()
    })
    this.#timers.add(timer)
  }

  close(): void {
    for (const timer of this.#timers) {
      timer.cancel()
    }
    this.#timers.clear()
  }
}
