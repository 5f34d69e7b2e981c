import type { DurationMs } from '../catalogue/ids.ts'
import type { TransferTarget } from '../catalogue/targets.ts'
import type { SpokenAs } from '../switch/prompt.ts'

/** A flow that can be run: names resolved, defaults filled in. Created by `buildFlow` or `parseFlow`. */
export interface Flow {
  /** The fallback for prompts that do not have the caller's language. */
  readonly language: string
  /** The limit for the whole flow; `whenTimeLimit` follows. */
  readonly timeLimitMs: DurationMs
  /** Undefined: the flow ends. */
  readonly whenTimeLimit: Target
  /** Begins with the first. At least one. */
  readonly steps: readonly FlowStep[]
}

/** The index of a step in its flow; undefined: the end of the flow. */
export type Target = number | undefined

export interface FlowStep {
  /** The given name, or `steps[INDEX]`; for display. */
  readonly name: string
  readonly action: FlowAction
}

/** What a step does. */
export type FlowAction =
  | SayAction
  | AskAction
  | RecordAction
  | {
      readonly type: 'choose'
      readonly variable: string
      readonly cases: Cases
      readonly next: Target
    }
  | { readonly type: 'speak'; readonly language: string; readonly next: Target }
  | { readonly type: 'go'; readonly next: Target }
  | { readonly type: 'leave'; readonly way: FlowExit }

/** The step that each value leads to. */
export type Cases = ReadonlyMap<string, Target>

/** `play` and `say`. */
export interface SayAction {
  readonly type: 'say'
  readonly prompt: LocalPrompt
  /** If set, the prompt is a value to be spoken in this way, not a text or file. */
  readonly spokenAs: SpokenAs | undefined
  readonly canSkip: boolean
  readonly timeLimitMs: DurationMs | undefined
  readonly next: Target
}

/** `menu` and `collect`. */
export interface AskAction {
  readonly type: 'ask'
  readonly prompt: LocalPrompt | undefined
  readonly into: string | undefined
  /** Whether the answer may be published: digits may be secret, a choice in a menu is not. */
  readonly isPublic: boolean
  /** The step for each key; undefined: every valid answer leads to `next`. */
  readonly keys: Cases | undefined
  readonly minDigits: number
  readonly maxDigits: number
  readonly pattern: RegExp | undefined
  readonly endKeys: string
  readonly canInterrupt: boolean
  readonly tries: number
  readonly firstDigitMs: DurationMs
  readonly nextDigitMs: DurationMs
  readonly whenInvalid: LocalPrompt | undefined
  readonly whenSilent: LocalPrompt | undefined
  readonly timeLimitMs: DurationMs | undefined
  readonly next: Target
  /** The step after the last failed try; undefined: the flow ends as unanswered. */
  readonly otherwise: { readonly next: Target } | undefined
}

export interface RecordAction {
  readonly type: 'record'
  readonly prompt: LocalPrompt | undefined
  readonly beep: LocalPrompt
  readonly into: string
  /** A folder on the switch; the file is named after the call. */
  readonly folder: string
  readonly minMs: DurationMs
  readonly maxMs: DurationMs
  readonly endKeys: string
  readonly next: Target
  /** The step if the recording failed or is too short; undefined: the flow ends as unanswered. */
  readonly otherwise: { readonly next: Target } | undefined
}

/**
 * A prompt by language. Each has one or more sources: `say:TEXT`, `phrase:NAME:ARGUMENT`, or a file
 * or stream.
 */
export type LocalPrompt = ReadonlyMap<string, readonly string[]>

/** Where a flow sends the caller. */
export type FlowExit =
  | { readonly type: 'queue'; readonly queue: string }
  | TransferTarget
  | { readonly type: 'hangup'; readonly cause: string }
