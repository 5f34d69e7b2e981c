import type { CallId, DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Prompt, PromptCommand, PromptId } from '../switch/prompt.ts'
import type { FlowEffect, FlowEvent } from './flow-event.ts'

type Problem = Extract<FlowEffect, { type: 'fault' }>['problem']

/** How something said or asked ended; `digits` only of what was asked. */
export type PromptResult =
  | { readonly type: 'played' | 'missing' | 'failed' | 'refused'; readonly key: string | undefined }
  | { readonly type: 'digits'; readonly digits: string }

interface CurrentPrompt {
  readonly promptId: PromptId
  readonly command: PromptRequest
  readonly ended: (said: PromptResult) => void
  /** The caller goes, or it is stopped: what is to be saved of it. May be told more than once. */
  readonly abandoned: (() => void) | undefined
}

/** A command about one thing to say; its id is given when it is said. */
export type PromptRequest = PromptCommand extends infer C
  ? C extends { readonly promptId: PromptId }
    ? Omit<C, 'promptId' | 'callId'>
    : never
  : never

interface VoicePorts {
  emit(effect: FlowEffect): void
  fault(problem: Problem): void
}

/** A prompt that was told to stop is waited for so long: the next would play inside it. */
const stopMs: DurationMs = 2_000

/** What a run says to its caller: one thing at a time, each with an id of its own and one end. */
export class Voice {
  readonly #callId: CallId
  readonly #runId: string
  readonly #ports: VoicePorts
  #count = 0
  #current: CurrentPrompt | undefined
  /** Told to stop, and what then. */
  #stopping: { readonly at: EpochMs; readonly follow: () => void } | undefined

  constructor(callId: CallId, runId: string, ports: VoicePorts) {
    this.#callId = callId
    this.#runId = runId
    this.#ports = ports
  }

  /** When what was told to stop is no longer waited for. */
  get stopsAt(): EpochMs | undefined {
    return this.#stopping?.at
  }

  /** Says one thing; `ended` is told once, unless it is interrupted or the caller goes. */
  start(command: PromptRequest, ended: (said: PromptResult) => void, abandoned?: () => void): void {
    this.#count += 1
    const promptId = `${this.#runId}.${this.#count}` as PromptId
    this.#current = { promptId, command, ended, abandoned }
    this.#send(this.#current)
  }

  /** Says the parts in order; a key of `endKeys` skips what is left. A part that cannot be said is passed over. */
  say(parts: readonly Prompt[], endKeys: string, then: () => void): void {
    const [prompt, ...rest] = parts
    if (prompt === undefined) {
      then()
      return
    }
    this.start({ type: 'playPrompt', prompt, endKeys }, (said) => {
      const key = said.type === 'digits' ? undefined : said.key
      this.reportFault(said)
      this.say(key === undefined ? rest : [], endKeys, then)
    })
  }

  /** Tells of what could not be said. */
  reportFault({ type }: PromptResult): void {
    if (type === 'missing') {
      this.#ports.fault('promptMissing')
    } else if (type === 'failed') {
      this.#ports.fault('promptFailed')
    } else if (type === 'refused') {
      this.#ports.fault('commandFailed')
    }
  }

  /** Wishes something that has no end to wait for. */
  closeRecording(path: string): void {
    this.#ports.emit({
      type: 'send',
      command: { type: 'endRecording', callId: this.#callId, path },
    })
  }

  handle(event: FlowEvent): void {
    const saying = this.#current
    if (saying === undefined) {
      return
    }
    if (event.type === 'restored') {
      this.#repeat(saying, event.at)
    } else if ('promptId' in event && event.promptId === saying.promptId) {
      if (event.type === 'commandFailed') {
        this.#fail(saying, event)
      } else {
        const said: PromptResult =
          event.type === 'promptEnded'
            ? { type: event.outcome, key: event.key }
            : { type: 'digits', digits: event.digits }
        this.#finish(() => saying.ended(said))
      }
    }
  }

  /** Stops what is said now; `then` follows when it has stopped, at once when nothing is said. */
  interrupt(at: EpochMs, then: () => void): void {
    const saying = this.#current
    if (saying === undefined) {
      then()
      return
    }
    saying.abandoned?.()
    if (this.#stopping === undefined) {
      this.#stop(at, then)
    } else {
      this.#stopping = { ...this.#stopping, follow: then }
    }
  }

  /** What was told to stop and did not say that it has is given up. */
  reachStop(now: EpochMs): void {
    if (this.#stopping !== undefined && now >= this.#stopping.at) {
      this.#finish(() => undefined)
    }
  }

  /** The caller goes: saves what is to be saved. */
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
   * Refused is not done; otherwise it may be under way, and the next thing would
   * play inside it. With the switch away there is nothing to do until it is back.
   */
  #fail(
    saying: CurrentPrompt,
    { at, reason }: Extract<FlowEvent, { type: 'commandFailed' }>,
  ): void {
    if (reason === 'disconnected') {
      return
    }
    const ended = () => saying.ended({ type: 'refused', key: undefined })
    if (reason === 'refused' && saying.command.type !== 'recordCaller') {
      this.#finish(ended)
    } else if (this.#stopping === undefined) {
      this.#current = { ...saying, abandoned: undefined }
      this.#stop(at, ended)
    }
  }

  /** Nobody knows whether it has ended: it is stopped and said again; a recording is kept as it is. */
  #repeat(saying: CurrentPrompt, at: EpochMs): void {
    if (this.#stopping === undefined) {
      const { command, ended, abandoned } = saying
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
