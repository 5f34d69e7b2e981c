import type { CallId, DurationMs } from '../catalogue/ids.ts'

declare const brand: unique symbol

/** Identifies a prompt, question or recording in commands and events. */
export type PromptId = string & { readonly [brand]: 'PromptId' }

/** How a value is spoken: `12` as twelve, as one two, as an amount of money, or letter by letter. */
export const spokenForms = ['number', 'digits', 'money', 'letters'] as const
export type SpokenAs = (typeof spokenForms)[number]

/**
 * How a prompt or recording ended. `missing`: there is no such file. `failed`: the switch could not
 * play or record.
 */
export type PromptOutcome = 'played' | 'missing' | 'failed'

/** Something to play to a caller. */
export type Prompt =
  /** One or more files or streams, by their names on the switch, played in order. */
  | { readonly type: 'files'; readonly files: readonly string[] }
  /** Text to be synthesised; needs a switch with text-to-speech. */
  | {
      readonly type: 'speech'
      readonly text: string
      /** The speech engine and one of its voices. @default those of the channel on the switch */
      readonly engine?: string | undefined
      readonly voice?: string | undefined
    }
  /** A phrase macro from the configuration of the switch. */
  | {
      readonly type: 'phrase'
      readonly name: string
      readonly argument: string
      readonly language: string
    }
  /** A value spoken in a language; needs a switch with the sounds for it. */
  | {
      readonly type: 'value'
      readonly value: string
      readonly spokenAs: SpokenAs
      readonly language: string
    }

/** A prompt that can be played inside a question; a value cannot. */
export type AskablePrompt = Exclude<Prompt, { readonly type: 'value' }>

/**
 * Commands that play to, ask and record a caller. Each with a `promptId` runs on top of what the
 * caller hears, which resumes afterwards. It ends with one `promptEnded` or `digitsCollected`, or
 * with neither if the caller has left.
 */
export type PromptCommand =
  /** Plays a prompt. A key of `endKeys` ends it; other keys are ignored. */
  | {
      readonly type: 'playPrompt'
      readonly callId: CallId
      readonly promptId: PromptId
      readonly prompt: Prompt
      /** A subset of `0123456789*#`; empty for none. */
      readonly endKeys: string
    }
  /** Plays a prompt and collects keys. The first key ends the prompt and counts. */
  | {
      readonly type: 'askDigits'
      readonly callId: CallId
      readonly promptId: PromptId
      /** Undefined: only collects keys. */
      readonly prompt: AskablePrompt | undefined
      /** 1 to 64; the answer ends at once after this many keys. */
      readonly maxDigits: number
      /** The time limit from the end of the prompt to the first key; at least one second. */
      readonly firstDigitMs: DurationMs
      /** The time limit between keys. */
      readonly nextDigitMs: DurationMs
      /** Keys that end the answer and are not part of it. */
      readonly endKeys: string
    }
  /**
   * Records the caller to a file until a key of `endKeys`, `maxMs` or `stopPrompt`. Must be
   * followed by `endRecording`.
   */
  | {
      readonly type: 'recordCaller'
      readonly callId: CallId
      readonly promptId: PromptId
      /** A file that the switch can write, without spaces in its name; folders are created. */
      readonly path: string
      readonly maxMs: DurationMs
      readonly endKeys: string
    }
  /** Closes a recording. A hang-up closes it too. */
  | { readonly type: 'endRecording'; readonly callId: CallId; readonly path: string }
  /** Stops the current prompt, question or recording; without effect if there is none. */
  | { readonly type: 'stopPrompt'; readonly callId: CallId }
