import type { CallId, DurationMs } from '../catalogue/ids.ts'

declare const brand: unique symbol

/** One thing said to a caller or asked of one; comes back with what became of it. */
export type PromptId = string & { readonly [brand]: 'PromptId' }

/** How a value is spoken: `12` as twelve, as one two, as money, letter by letter. */
export const spokenForms = ['number', 'digits', 'money', 'letters'] as const
export type SpokenAs = (typeof spokenForms)[number]

/** How a prompt ended. `missing`: there is no such file. `failed`: the switch could not play it. */
export type PromptOutcome = 'played' | 'missing' | 'failed'

/** What a caller hears. */
export type Prompt =
  /** Files or streams, named as the switch names sounds, one after the other; one at least. */
  | { readonly type: 'files'; readonly files: readonly string[] }
  /** Text for a synthetic voice; needs a switch that has one. */
  | {
      readonly type: 'speech'
      readonly text: string
      /** The speech engine, and a voice of its own. @default those of the switch for this channel */
      readonly engine?: string | undefined
      readonly voice?: string | undefined
    }
  /** A phrase macro of the switch's own configuration. */
  | {
      readonly type: 'phrase'
      readonly name: string
      readonly argument: string
      readonly language: string
    }
  /** A value in the words of a language; needs a switch that has its words and sounds. */
  | {
      readonly type: 'value'
      readonly value: string
      readonly spokenAs: SpokenAs
      readonly language: string
    }

/** A prompt that is more than its last file: it cannot be played inside a question. */
export type AskablePrompt = Exclude<Prompt, { readonly type: 'value' }>

/**
 * Commands about talking to a caller. Each that bears a `promptId` runs on top of
 * what the caller hears, which goes on afterwards, and ends in one
 * `promptEnded` or `digitsCollected`; in none when the caller has gone.
 */
export type PromptCommand =
  /** Says something; a key of `endKeys` ends it, other keys are forgotten. */
  | {
      readonly type: 'playPrompt'
      readonly callId: CallId
      readonly promptId: PromptId
      readonly prompt: Prompt
      /** Of `0123456789*#`; '' for none. */
      readonly endKeys: string
    }
  /** Says something and gathers keys, from the first key pressed on, which ends the prompt. */
  | {
      readonly type: 'askDigits'
      readonly callId: CallId
      readonly promptId: PromptId
      /** Undefined: only listens. */
      readonly prompt: AskablePrompt | undefined
      /** 1 to 64; so many keys end it at once. */
      readonly maxDigits: number
      /** From the end of the prompt to the first key; less than a second counts as one. */
      readonly firstDigitMs: DurationMs
      /** From key to key. */
      readonly nextDigitMs: DurationMs
      /** Keys that end it and are not part of the answer. */
      readonly endKeys: string
    }
  /** Records the call to a file until a key of `endKeys`, `maxMs` or `stopPrompt`; then {@link PromptCommand} `endRecording` is due. */
  | {
      readonly type: 'recordCaller'
      readonly callId: CallId
      readonly promptId: PromptId
      /** A file the switch can write, without blanks; folders are made. */
      readonly path: string
      readonly maxMs: DurationMs
      readonly endKeys: string
    }
  /** Closes a recording. Hanging up does it too. */
  | { readonly type: 'endRecording'; readonly callId: CallId; readonly path: string }
  /** Ends what the caller is told or asked now; without effect when there is nothing. */
  | { readonly type: 'stopPrompt'; readonly callId: CallId }
