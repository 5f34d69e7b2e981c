import type { CallEvent } from '../call/call-event.ts'
import { unheardCause } from '../catalogue/hangup-causes.ts'
import type { DurationMs, LegId } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { CommandResult, Switch, SwitchCommand } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'

/** Delays before the hang-up of a leg that does not exist yet is tried again. */
const hangUpRetriesMs: readonly DurationMs[] = [250, 1_000, 3_000]

/** After this time every reachable phone of an offer has a leg on the switch. */
const seekMs: DurationMs = 1_000

/** After this time a leg that was missing is checked once more. */
const seekAgainMs: DurationMs = 10_000

/** A caller who does not exist on the switch has hung up: the event with the cause can take this long. */
const hangUpEventMs: DurationMs = 1_000

interface SwitchCommandsPorts {
  readonly clock: Clock
  readonly log: Logger
  readonly tenant: string
  dispatch(handle: CallHandle, event: CallEvent): void
  /** Requests that the state of this switch be read: it is unknown whether it carried out a command. */
  requestReconcile(home: Switch): void
}

/** Sends the commands of calls to their switches, and handles failures. */
export class SwitchCommands {
  readonly #ports: SwitchCommandsPorts
  readonly #timers = new Set<Timer>()

  constructor(ports: SwitchCommandsPorts) {
    this.#ports = ports
  }

  send(handle: CallHandle, command: SwitchCommand): void {
    this.#send(handle, command, 0)
    if (command.type === 'offer' && command.legs.length > 1) {
      this.#later(seekMs, () => this.#seek(handle, command))
    }
  }

  /**
   * Asks for each leg of an offer: the switch sends no event for a phone it cannot reach while
   * others ring.
   */
  #seek(handle: CallHandle, { legs }: Extract<SwitchCommand, { type: 'offer' }>): void {
    for (const { legId } of legs) {
      if (handle.call.state === 'ringing' && handle.call.wants(legId)) {
        this.#seekLeg(handle, legId)
      }
    }
  }

  #seekLeg(handle: CallHandle, legId: LegId): void {
    const { clock, dispatch } = this.#ports
    handle.home.send({ type: 'seekLeg', legId }, (result) => {
      if (!result.ok && result.reason === 'noSuchLeg') {
        dispatch(handle, { type: 'legMissing', legId, at: clock.now() })
        this.#later(seekAgainMs, () => {
          // If it had appeared late, an answer would have been refused. By now it will not appear.
          if (handle.call.legs.has(legId)) {
            this.#seekLeg(handle, legId)
          }
        })
      }
    })
  }

  /** Cancels all retries. */
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
    const { clock, log, tenant, requestReconcile, dispatch } = this.#ports
    if ('promptId' in command) {
      const { promptId } = command
      dispatch(handle, { type: 'promptRefused', promptId, reason, at: clock.now() })
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
    log.warn(fields, 'a switch command failed')
    // A missing answer is not a refusal: only the state of the switch shows whether it was done.
    if (reason === 'timeout' || command.type === 'hangUp') {
      requestReconcile(handle.home)
    } else if (reason === 'refused' && command.type === 'offer') {
      const { offerId } = command
      this.#ports.dispatch(handle, {
        type: 'offerRefused',
        offerId,
        cause: message,
        at: clock.now(),
      })
    } else if (reason === 'refused' && command.type === 'transfer') {
      const { callId: legId } = command
      this.send(handle, { type: 'hangUp', legId, cause: 'NORMAL_TEMPORARY_FAILURE' })
    }
  }

  /**
   * A leg to be hung up does not exist. The leg of a new offer may still appear; a leg of a
   * conversation is gone.
   */
  #missLeg(
    handle: CallHandle,
    command: Extract<SwitchCommand, { type: 'hangUp' }>,
    attempt: number,
  ): void {
    const { clock, dispatch, requestReconcile } = this.#ports
    const { legId } = command
    const again = handle.call.state === 'agentStays' ? undefined : hangUpRetriesMs[attempt]
    if (!handle.call.legs.has(legId)) {
      return
    }
    if (again !== undefined) {
      this.#later(again, () => this.#send(handle, command, attempt + 1))
    } else if (!handle.call.isOver) {
      dispatch(handle, { type: 'legMissing', legId, at: clock.now() })
      requestReconcile(handle.home)
    }
  }

  #missCaller(handle: CallHandle): void {
    const { clock, dispatch } = this.#ports
    this.#later(hangUpEventMs, () => {
      if (!handle.call.isOver) {
        dispatch(handle, {
          type: 'callerGone',
          isLost: false,
          cause: unheardCause,
          at: clock.now(),
        })
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
