import type { DurationMs } from '../catalogue/ids.ts'
import type { TransferTarget } from '../catalogue/targets.ts'
import type { SpokenAs } from '../switch/prompt.ts'

/** A flow that can be run: every step found, every default filled in. Made by `buildFlow` or `parseFlow`. */
export interface Flow {
  /** Spoken where the caller's language has no prompt. */
  readonly language: string
  /** For all of it; then `whenTimeLimit`. */
  readonly timeLimitMs: DurationMs
  /** Undefined: the flow ends. */
  readonly whenTimeLimit: Target
  /** The first is where it begins. One at least. */
  readonly steps: readonly FlowStep[]
}

/** The place of a step in its flow; undefined: the end of the flow. */
export type Target = number | undefined

export interface FlowStep {
  /** As given, else the place in the list: for people. */
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

/** Where each value leads. */
export type Cases = ReadonlyMap<string, Target>

/** `play` and `say`. */
export interface SayAction {
  readonly type: 'say'
  readonly prompt: LocalPrompt
  /** `digits`, ...: the prompt is a value to be spoken, not text nor a file. */
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
  /** Whether the answer may be told to the world: digits may be secret, the choice in a menu is not. */
  readonly isPublic: boolean
  /** Keys that lead somewhere; undefined: any answer that fits goes to `next`. */
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
  /** After the last try; undefined where the flow shall end unanswered. */
  readonly otherwise: { readonly next: Target } | undefined
}

export interface RecordAction {
  readonly type: 'record'
  readonly prompt: LocalPrompt | undefined
  readonly beep: LocalPrompt
  readonly into: string
  /** A folder of the switch; the file is named after the call. */
  readonly folder: string
  readonly leastMs: DurationMs
  readonly mostMs: DurationMs
  readonly endKeys: string
  readonly next: Target
  /** When nothing worth keeping was recorded. */
  readonly otherwise: { readonly next: Target } | undefined
}

/** What is said, by language: each one or more sources, of `say:TEXT`, `phrase:NAME:ARGUMENT`, or what `playback` plays. */
export type LocalPrompt = ReadonlyMap<string, readonly string[]>

/** Where a flow sends the caller. */
export type FlowExit =
  | { readonly type: 'queue'; readonly queue: string }
  | TransferTarget
  | { readonly type: 'hangup'; readonly cause: string }
