import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { CommandResult } from '../switch/switch.ts'
import type { Contact } from './contact.ts'
import { dialCommand } from './dial-command.ts'
import type { TenantSettings } from './settings.ts'

/** When a hang-up of a leg that is not there yet is tried again. */
const hangUpRetriesMs: readonly DurationMs[] = [50, 250, 1_000]
/** How long an answer to a dialling that was stopped is refused. */
const refuseAnswersMs: DurationMs = 120_000

/** What is needed to hang up a contact's phone. */
type Ringing = Pick<Contact, 'home' | 'callId'>

/** Rings the customer, or the agent who is rung before them, and stops the ringing for good. */
export class Dialler {
  readonly #clock: Clock
  readonly #timers = new Set<Timer>()
  /** Ids whose dialling was stopped, oldest first: an answer comes too late. */
  readonly #stopped = new Map<CallId, EpochMs>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param ended called at the end of this ringing, unless another has begun for the contact since */
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

  /** Stops the ringing; an answer that comes all the same is refused. */
  stop(ringing: Ringing): void {
    this.hangUp(ringing)
    this.forbid(ringing.callId)
  }

  /** Nobody is dialled for this id any more, however late the request. */
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

  /** Hangs up, and tries again while the switch does not know the leg: it may still appear. */
  hangUp({ home, callId }: Ringing, attempt = 0): void {
    home?.send({ type: 'hangUp', legId: callId, cause: 'ORIGINATOR_CANCEL' }, (result) => {
      const again = hangUpRetriesMs[attempt]
      if (!result.ok && result.reason === 'noSuchLeg' && again !== undefined) {
        this.later(again, () => this.hangUp({ home, callId }, attempt + 1))
      }
    })
  }

  /** Whether an answer for this id comes too late. */
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
