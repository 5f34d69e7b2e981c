import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Prompt, PromptCommand, PromptId, PromptOutcome } from '../switch/prompt.ts'
import type { FlowEffect, FlowEvent } from './flow-event.ts'

type Problem = Extract<FlowEffect, { type: 'fault' }>['problem']

/** How a prompt, question or recording ended; `digits` for a question. */
export type PromptResult =
  | { readonly type: PromptOutcome | 'refused'; readonly key: string | undefined }
  | { readonly type: 'digits'; readonly digits: string }

interface CurrentPrompt {
  readonly promptId: PromptId
  readonly command: PromptRequest
  readonly ended: (result: PromptResult) => void
  /** Called when it is stopped or the caller leaves, to save its result. May be called more than once. */
  readonly abandoned: (() => void) | undefined
}

/** A command without its ids, which {@link Voice} adds. */
export type PromptRequest = PromptCommand extends infer C
  ? C extends { readonly promptId: PromptId }
    ? Omit<C, 'promptId' | 'callId'>
    : never
  : never

interface VoicePorts {
  emit(effect: FlowEffect): void
  fault(problem: Problem): void
}

/** How long to wait for a prompt that was told to stop: the next one would play inside it. */
const stopMs: DurationMs = 2_000

/** Plays prompts, asks and records: one command at a time, each with its own id and one end. */
export class Voice {
  readonly #callId: CallId
  readonly #runId: string
  readonly #ports: VoicePorts
  #count = 0
  #current: CurrentPrompt | undefined
  /** Set while the current prompt is being stopped: until when to wait, and what follows. */
  #stopping: { readonly at: EpochMs; readonly follow: () => void } | undefined

  constructor(callId: CallId, runId: string, ports: VoicePorts) {
    this.#callId = callId
    this.#runId = runId
    this.#ports = ports
  }

  /** Until when to wait for a prompt that is being stopped; undefined: none is. */
  get stopsAt(): EpochMs | undefined {
    return this.#stopping?.at
  }

  /**
   * Starts one prompt, question or recording. Calls `ended` once, unless it is interrupted or the
   * caller leaves.
   */
  start(
    command: PromptRequest,
    ended: (result: PromptResult) => void,
    abandoned?: () => void,
  ): void {
    this.#count += 1
    const promptId = `${this.#runId}.${this.#count}` as PromptId
    this.#current = { promptId, command, ended, abandoned }
    this.#send(this.#current)
  }

  /**
   * Plays the parts in order; a key of `endKeys` skips the rest. A part that fails is reported and
   * skipped.
   */
  say(parts: readonly Prompt[], endKeys: string, then: () => void): void {
    const [prompt, ...rest] = parts
    if (prompt === undefined) {
      then()
      return
    }
    this.start({ type: 'playPrompt', prompt, endKeys }, (result) => {
      const key = result.type === 'digits' ? undefined : result.key
      this.reportFault(result)
      this.say(key === undefined ? rest : [], endKeys, then)
    })
  }

  /** Reports a prompt that was not played. */
  reportFault({ type }: PromptResult): void {
    if (type === 'missing') {
      this.#ports.fault('promptMissing')
    } else if (type === 'failed') {
      this.#ports.fault('promptFailed')
    } else if (type === 'refused') {
      this.#ports.fault('commandFailed')
    }
  }

  /** Closes a recording. The switch sends no event for it. */
  closeRecording(path: string): void {
    this.#ports.emit({
      type: 'send',
      command: { type: 'endRecording', callId: this.#callId, path },
    })
  }

  handle(event: FlowEvent): void {
    const current = this.#current
    if (current === undefined) {
      return
    }
    if (event.type === 'restored') {
      this.#repeat(current, event.at)
    } else if ('promptId' in event && event.promptId === current.promptId) {
      if (event.type === 'commandFailed') {
        this.#fail(current, event)
      } else {
        const result: PromptResult =
          event.type === 'promptEnded'
            ? { type: event.outcome, key: event.key }
            : { type: 'digits', digits: event.digits }
        this.#finish(() => current.ended(result))
      }
    }
  }

  /** Stops the current prompt; `then` follows when it has stopped, or at once if there is none. */
  interrupt(at: EpochMs, then: () => void): void {
    const current = this.#current
    if (current === undefined) {
      then()
      return
    }
    current.abandoned?.()
    if (this.#stopping === undefined) {
      this.#stop(at, then)
    } else {
      this.#stopping = { ...this.#stopping, follow: then }
    }
  }

  /** Gives up waiting for a prompt whose stop was not reported in time. */
  reachStop(now: EpochMs): void {
    if (this.#stopping !== undefined && now >= this.#stopping.at) {
      this.#finish(() => undefined)
    }
  }

  /** The caller leaves: saves the result of the current prompt. */
  abandon(): void {
    this.#current?.abandoned?.()
    this.#current = undefined
    this.#stopping = undefined
  }

  #send({ command, promptId }: CurrentPrompt): void {
    this.#ports.emit({
      type: 'send',
      command: { ...command, callId: this.#callId, promptId } as PromptCommand,
    })
  }

  #finish(ended: () => void): void {
    const stopping = this.#stopping
    this.#current = undefined
    this.#stopping = undefined
    if (stopping === undefined) {
      ended()
    } else {
      stopping.follow()
    }
  }

  /**
   * A refused command was not carried out. After any other failure it may be under way, and is
   * stopped: the next prompt would play inside it. A refused recording is stopped too, because
   * silence plays beside it. While the switch is disconnected there is nothing to do.
   */
  #fail(
    current: CurrentPrompt,
    { at, reason }: Extract<FlowEvent, { type: 'commandFailed' }>,
  ): void {
    if (reason === 'disconnected') {
      return
    }
    const ended = () => current.ended({ type: 'refused', key: undefined })
    if (reason === 'refused' && current.command.type !== 'recordCaller') {
      this.#finish(ended)
    } else if (this.#stopping === undefined) {
      this.#current = { ...current, abandoned: undefined }
      this.#stop(at, ended)
    }
  }

  /** It is unknown whether the prompt has ended: stops and repeats it. A recording is stopped and kept. */
  #repeat(current: CurrentPrompt, at: EpochMs): void {
    if (this.#stopping === undefined) {
      const { command, ended, abandoned } = current
      const isRecording = command.type === 'recordCaller'
      this.#stop(at, () =>
        isRecording
          ? ended({ type: 'played', key: undefined })
          : this.start(command, ended, abandoned),
      )
    }
  }

  #stop(at: EpochMs, then: () => void): void {
    this.#ports.emit({ type: 'send', command: { type: 'stopPrompt', callId: this.#callId } })
    this.#stopping = { at: at + stopMs, follow: then }
  }
}
