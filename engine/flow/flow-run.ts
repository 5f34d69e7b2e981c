import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import { askCaller } from './ask-caller.ts'
import type { Flow, FlowStep, SayAction, Target } from './flow.ts'
import type { FlowEffect, FlowEvent, FlowOutcome } from './flow-event.ts'
import { recordMessage } from './record-message.ts'
import { Voice } from './voice.ts'
import { type Wording, wordPrompt } from './wording.ts'

/** The input of a run. */
export interface FlowRunInput {
  readonly flow: Flow
  readonly callId: CallId
  /** Unique among the runs on this call: ids of prompts derive from it. */
  readonly runId: string
  /** The caller's language, if known. @default the flow's language */
  readonly language?: string | undefined
  /** For `{NAME}` in prompts and for `when`; returned at the end together with the collected ones. */
  readonly variables?: Readonly<Record<string, string>> | undefined
}

/** How long the steps after the flow's time limit may take. */
const farewellMs: DurationMs = 60_000

/** A flow that takes more steps than this has failed: it is in a loop of missing prompts. */
const maxSteps = 1_000

/**
 * One flow running on one call. Pure: it reads no clock and does no I/O; events go in, effects come
 * out. Whatever happens, it ends at the latest after its time limit, plus one minute for the
 * farewell, plus a few seconds to stop prompts.
 */
export class FlowRun {
  readonly #flow: Flow
  readonly #voice: Voice
  readonly #callId: CallId
  readonly #runId: string
  readonly #variables: Map<string, string>
  #language: string
  #effects: FlowEffect[] = []
  #state: 'new' | 'running' | 'over' = 'new'
  /** The time limit has been reached and the farewell runs; it gets no second extension. */
  #isFarewell: boolean = false
  #step: FlowStep | undefined
  #stepsTaken = 0
  #endsAt: EpochMs = 0
  /** The time limit of the present step, and what follows it. */
  #stepLimit: { readonly at: EpochMs; readonly follow: () => void } | undefined
  #now: EpochMs = 0

  constructor({ flow, callId, runId, language, variables = {} }: FlowRunInput) {
    this.#flow = flow
    this.#callId = callId
    this.#runId = runId
    this.#language = language ?? flow.language
    this.#variables = new Map(Object.entries(variables))
    this.#voice = new Voice(callId, runId, {
      emit: (effect) => this.#effects.push(effect),
      fault: (problem) => this.#emitFault(problem),
    })
  }

  /** Whether the run has ended. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** The name of the present step, for display; undefined before the start and after the end. */
  get step(): string | undefined {
    return this.#state === 'running' ? this.#step?.name : undefined
  }

  /** When {@link handle} must be called with `timePassed`, if no event comes before. */
  nextWakeAt(): EpochMs | undefined {
    if (this.#state !== 'running') {
      return undefined
    }
    const ends = [this.#endsAt, this.#stepLimit?.at, this.#voice.stopsAt]
    return Math.min(...ends.filter((at) => at !== undefined))
  }

  /**
   * Handles an event. Time limits that have passed by then take effect first. Events about prompts
   * that are over, and events before `started` or after the end, change nothing.
   *
   * @returns the effects, in order
   */
  handle(event: FlowEvent): readonly FlowEffect[] {
    this.#now = event.at
    if (event.type === 'callerGone') {
      this.#voice.abandon()
      this.#end({ type: 'callerGone' })
    } else if (event.type === 'started') {
      this.#start()
    } else if (this.#state === 'running') {
      this.#reachLimits()
      this.#voice.handle(event)
    }
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #start(): void {
    if (this.#state === 'new') {
      this.#state = 'running'
      this.#endsAt = this.#now + this.#flow.timeLimitMs
      this.#go(0)
    }
  }

  #reachLimits(): void {
    this.#voice.reachStop(this.#now)
    const limit = this.#stepLimit
    if (this.#state === 'running' && this.#now >= this.#endsAt) {
      this.#stepLimit = undefined
      this.#reachEnd()
    } else if (limit !== undefined && this.#now >= limit.at) {
      this.#stepLimit = undefined
      this.#voice.interrupt(this.#now, limit.follow)
    }
  }

  #reachEnd(): void {
    const next = this.#flow.whenTimeLimit
    if (this.#isFarewell || next === undefined) {
      this.#endsAt = Number.POSITIVE_INFINITY
      this.#voice.interrupt(this.#now, () => this.#end({ type: 'timeLimit' }))
      return
    }
    this.#isFarewell = true
    this.#endsAt = this.#now + farewellMs
    this.#voice.interrupt(this.#now, () => this.#go(next))
  }

  #end(outcome: FlowOutcome): void {
    if (this.#state !== 'over') {
      this.#state = 'over'
      const variables = Object.fromEntries(this.#variables)
      this.#effects.push({ type: 'ended', outcome, variables })
    }
  }

  #go(target: Target): void {
    this.#stepLimit = undefined
    let next: Target | 'waiting' = target
    while (typeof next === 'number') {
      next = this.#take(this.#flow.steps[next])
    }
    if (next === undefined) {
      this.#end({ type: 'completed' })
    }
  }

  /**
   * Begins a step.
   *
   * @returns the step that follows at once, or `waiting` if the step takes time or ended the run
   */
  #take(step: FlowStep | undefined): Target | 'waiting' {
    this.#step = step
    this.#stepsTaken += 1
    if (step === undefined) {
      return undefined
    }
    if (this.#stepsTaken > maxSteps) {
      this.#end({ type: 'failed', step: step.name })
      return 'waiting'
    }
    const { action } = step
    switch (action.type) {
      case 'go':
        return action.next
      case 'speak':
        this.#language = action.language
        return action.next
      case 'choose': {
        const value = this.#variables.get(action.variable) ?? ''
        return action.cases.has(value) ? action.cases.get(value) : action.next
      }
      case 'leave':
        this.#end(action.way)
        return 'waiting'
      case 'say':
        this.#say(action)
        return 'waiting'
      case 'ask':
        this.#limit(action.timeLimitMs, () => this.#leaveUnanswered(action.otherwise))
        askCaller(action, this.#wording(), this.#voice, {
          answered: (digits) =>
            this.#answer(
              action.into,
              digits,
              action.keys?.get(digits) ?? (action.keys === undefined ? action.next : undefined),
            ),
          unanswered: () => this.#leaveUnanswered(action.otherwise),
        })
        return 'waiting'
      case 'record': {
        const path = `${action.folder}/${this.#callId}-${this.#runId}-${this.#stepsTaken}.wav`
        recordMessage(action, path, this.#wording(), this.#voice, {
          now: () => this.#now,
          kept: () => this.#keep(action.into, path),
          done: (isKept) =>
            isKept ? this.#go(action.next) : this.#leaveUnanswered(action.otherwise),
        })
        return 'waiting'
      }
    }
  }

  #say(action: SayAction): void {
    this.#limit(action.timeLimitMs, () => this.#go(action.next))
    const parts = wordPrompt(action.prompt, this.#wording(), action.spokenAs)
    this.#voice.say(parts, action.canSkip ? '0123456789*#' : '', () => this.#go(action.next))
  }

  #answer(into: string | undefined, digits: string, next: Target): void {
    this.#keep(into, digits)
    this.#go(next)
  }

  #keep(name: string | undefined, value: string): void {
    if (name !== undefined) {
      this.#variables.set(name, value)
      this.#effects.push({ type: 'collected', name, value })
    }
  }

  #leaveUnanswered(otherwise: { readonly next: Target } | undefined): void {
    if (otherwise !== undefined) {
      this.#go(otherwise.next)
    } else {
      this.#end({ type: 'unanswered', step: this.#step?.name ?? '' })
    }
  }

  #limit(ms: DurationMs | undefined, then: () => void): void {
    this.#stepLimit = ms === undefined ? undefined : { at: this.#now + ms, follow: then }
  }

  #wording(): Wording {
    return {
      language: this.#language,
      fallback: this.#flow.language,
      variables: this.#variables,
    }
  }

  #emitFault(problem: Extract<FlowEffect, { type: 'fault' }>['problem']): void {
    this.#effects.push({ type: 'fault', step: this.#step?.name ?? '', problem })
  }
}

/** Creates a run that waits for the event `started`. */
export function createFlowRun(input: FlowRunInput): FlowRun {
  return new FlowRun(input)
}
