import type { CallId } from '../catalogue/ids.ts'
import type { Clock, Timer } from '../clock.ts'
import type { FlowEffect, FlowEvent } from '../flow/flow-event.ts'
import type { FlowRun } from '../flow/flow-run.ts'
import type { SwitchEvent } from '../switch/event.ts'
import type { Switch } from '../switch/switch.ts'

interface FlowDriverOptions {
  readonly run: FlowRun
  readonly callId: CallId
  readonly link: Switch
  readonly clock: Clock
  /** Called with every effect, after it was carried out if it is one for the switch. */
  readonly onEffect: (effect: FlowEffect) => void
}

/** Runs one flow on a switch: gives the flow the switch's events and the time, and the switch the flow's commands. */
export class FlowDriver {
  readonly #options: FlowDriverOptions
  #timer: Timer | undefined

  constructor(options: FlowDriverOptions) {
    this.#options = options
  }

  start(): void {
    this.#handle({ type: 'started', at: this.#options.clock.now() })
  }

  /** Must be called with every event of the switch. */
  handleEvent(event: SwitchEvent): void {
    const { callId, clock } = this.#options
    const at = clock.now()
    if (event.type === 'promptEnded' || event.type === 'digitsCollected') {
      if (event.callId === callId) {
        this.#handle({ ...event, at })
      }
    } else if (
      (event.type === 'legHungUp' && event.legId === callId) ||
      (event.type === 'callUnparked' && event.callId === callId)
    ) {
      this.#handle({ type: 'callerGone', at })
    }
  }

  #handle(event: FlowEvent): void {
    const { run, onEffect } = this.#options
    for (const effect of run.handle(event)) {
      this.#carryOut(effect)
      onEffect(effect)
    }
    this.#wake()
  }

  #carryOut(effect: FlowEffect): void {
    const { link, clock } = this.#options
    if (effect.type === 'send') {
      const { command } = effect
      link.send(command, (result) => {
        if (!result.ok && 'promptId' in command) {
          const { promptId } = command
          this.#handle({ type: 'commandFailed', promptId, reason: result.reason, at: clock.now() })
        }
      })
    }
  }

  #wake(): void {
    const { run, clock } = this.#options
    this.#timer?.cancel()
    const at = run.nextWakeAt()
    this.#timer =
      at === undefined
        ? undefined
        : clock.setTimer(at - clock.now(), () =>
            this.#handle({ type: 'timePassed', at: clock.now() }),
          )
  }
}
