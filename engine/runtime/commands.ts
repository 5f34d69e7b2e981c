import type { CallEvent } from '../call/call-event.ts'
import { unheardCause } from '../catalogue/hangup-causes.ts'
import type { DurationMs, LegId } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { CommandResult, Switch, SwitchCommand } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'

/** When a hang-up of a leg that is not there yet is tried again. */
const hangUpAgainMs: readonly DurationMs[] = [250, 1_000, 3_000]

/** So soon the phones of an offer exist, if they ever do: those that do not give no word of it. */
const seekMs: DurationMs = 1_000

/** A phone that did not come to be is looked for once more, and then forgotten. */
const forgetMs: DurationMs = 10_000

/** A caller the switch does not know has hung up: this long the event that says so, and why, may take. */
const goodbyeMs: DurationMs = 1_000

interface CommandsPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly tenant: string
  tell(handle: CallHandle, event: CallEvent): void
  /** A switch did not say whether it has done a thing. */
  doubt(link: Switch): void
}

/** Gives the commands of calls to their switches, and deals with what was not done. */
export class Commands {
  readonly #ports: CommandsPorts
  readonly #timers = new Set<Timer>()

  constructor(ports: CommandsPorts) {
    this.#ports = ports
  }

  send(handle: CallHandle, command: SwitchCommand): void {
    this.#send(handle, command, 0)
    if (command.type === 'offer' && command.legs.length > 1) {
      this.#later(seekMs, () => this.#seek(handle, command))
    }
  }

  /** While others ring, the switch says nothing of a phone it cannot reach: it is asked. */
  #seek(handle: CallHandle, { legs }: Extract<SwitchCommand, { type: 'offer' }>): void {
    for (const { legId } of legs) {
      if (handle.call.state === 'ringing' && handle.call.wants(legId)) {
        this.#seekLeg(handle, legId)
      }
    }
  }

  #seekLeg(handle: CallHandle, legId: LegId): void {
    const { clock, tell } = this.#ports
    handle.home.send({ type: 'seekLeg', legId }, (result) => {
      if (!result.ok && result.reason === 'noSuchLeg') {
        tell(handle, { type: 'legMissing', legId, at: clock.now() })
        this.#later(forgetMs, () => {
          // Late, it would have been refused; now it will not come any more.
          if (handle.call.legs.has(legId)) {
            this.#seekLeg(handle, legId)
          }
        })
      }
    })
  }

  /** Tries nothing again. */
  stop(): void {
    for (const timer of this.#timers) {
      timer.cancel()
    }
    this.#timers.clear()
  }

  #send(handle: CallHandle, command: SwitchCommand, attempt: number): void {
    handle.home.send(command, (result) => {
      if (!result.ok) {
        this.#fail(handle, command, result, attempt)
      }
    })
  }

  #fail(
    handle: CallHandle,
    command: SwitchCommand,
    { reason, message }: Extract<CommandResult, { ok: false }>,
    attempt: number,
  ): void {
    const { clock, log, tenant, doubt, tell } = this.#ports
    if ('promptId' in command) {
      const { promptId } = command
      tell(handle, { type: 'promptRefused', promptId, reason, at: clock.now() })
    }
    if (reason === 'noSuchLeg') {
      if (command.type === 'hangUp' && command.legId !== handle.callId) {
        this.#missLeg(handle, command, attempt)
      } else {
        this.#missCaller(handle)
      }
      return
    }
    const fields = { tenant, callId: handle.callId, command: command.type, reason, answer: message }
    log.warn(fields, 'the switch did not carry out a command')
    // Unanswered is not refused: the switch may have done it, and only its truth tells.
    if (reason === 'timeout' || command.type === 'hangUp') {
      doubt(handle.home)
    } else if (reason === 'refused' && command.type === 'offer') {
      const { offerId } = command
      this.#ports.tell(handle, { type: 'offerRefused', offerId, cause: message, at: clock.now() })
    } else if (reason === 'refused' && command.type === 'transfer') {
      const { callId: legId } = command
      this.send(handle, { type: 'hangUp', legId, cause: 'NORMAL_TEMPORARY_FAILURE' })
    }
  }

  /** The leg of an offer just begun may come to be after all; a leg that talked is gone. */
  #missLeg(
    handle: CallHandle,
    command: Extract<SwitchCommand, { type: 'hangUp' }>,
    attempt: number,
  ): void {
    const { clock, tell, doubt } = this.#ports
    const { legId } = command
    const again = handle.call.state === 'agentStays' ? undefined : hangUpAgainMs[attempt]
    if (!handle.call.legs.has(legId)) {
      return
    }
    if (again !== undefined) {
      this.#later(again, () => this.#send(handle, command, attempt + 1))
    } else if (!handle.call.isOver) {
      tell(handle, { type: 'legMissing', legId, at: clock.now() })
      doubt(handle.home)
    }
  }

  #missCaller(handle: CallHandle): void {
    const { clock, tell } = this.#ports
    this.#later(goodbyeMs, () => {
      if (!handle.call.isOver) {
        tell(handle, { type: 'callerGone', isLost: false, cause: unheardCause, at: clock.now() })
      }
    })
  }

  #later(delayMs: DurationMs, act: () => void): void {
    const timer = this.#ports.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer)
      act()
    })
    this.#timers.add(timer)
  }
}
