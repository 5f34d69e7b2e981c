import type { EpochMs } from '../catalogue/ids.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import type { FlowExit } from './flow.ts'

/** Facts told to a run. Past tense: they have already happened. */
export type FlowEvent = { readonly at: EpochMs } & (
  | { readonly type: 'started' }
  | {
      readonly type: 'promptEnded'
      readonly promptId: PromptId
      readonly outcome: 'played' | 'missing' | 'failed'
      readonly key?: string | undefined
    }
  | { readonly type: 'digitsCollected'; readonly promptId: PromptId; readonly digits: string }
  /** The switch would not carry out a command that bears this id, or did not say. */
  | {
      readonly type: 'commandFailed'
      readonly promptId: PromptId
      readonly reason: 'refused' | 'noSuchLeg' | 'timeout' | 'disconnected'
    }
  /** The switch is back after an absence in which ends of prompts may have been missed. */
  | { readonly type: 'restored' }
  /** The caller hung up, or was taken away. */
  | { readonly type: 'callerGone' }
  | { readonly type: 'timePassed' }
)

/** How a run ended. */
export type FlowOutcome =
  /** It came to the end of its steps: whoever ran it goes on with the caller. */
  | { readonly type: 'completed' }
  | FlowExit
  /** No answer that fits, and no step for that. */
  | { readonly type: 'unanswered'; readonly step: string }
  | { readonly type: 'timeLimit' }
  | { readonly type: 'callerGone' }
  /** It went through more steps than any caller would hear. */
  | { readonly type: 'failed'; readonly step: string }

/** Wishes of a run, in the order in which they shall be carried out. */
export type FlowEffect =
  | { readonly type: 'send'; readonly command: SwitchCommand }
  /** A variable has a value now. The value may be private: it belongs in no log. */
  | { readonly type: 'collected'; readonly name: string; readonly value: string }
  /** A step could not do what it should; the caller goes on. For the log and the figures. */
  | {
      readonly type: 'fault'
      readonly step: string
      readonly problem: 'promptMissing' | 'promptFailed' | 'commandFailed'
    }
  /** The last effect, once. */
  | {
      readonly type: 'ended'
      readonly outcome: FlowOutcome
      readonly variables: Readonly<Record<string, string>>
    }
