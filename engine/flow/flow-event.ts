import type { EpochMs } from '../catalogue/ids.ts'
import type { PromptId, PromptOutcome } from '../switch/prompt.ts'
import type { CommandFailure, SwitchCommand } from '../switch/switch.ts'
import type { FlowExit } from './flow.ts'

/** Events of a run, in the past tense: they have already happened. */
export type FlowEvent = { readonly at: EpochMs } & (
  | { readonly type: 'started' }
  | {
      readonly type: 'promptEnded'
      readonly promptId: PromptId
      readonly outcome: PromptOutcome
      readonly key?: string | undefined
    }
  | { readonly type: 'digitsCollected'; readonly promptId: PromptId; readonly digits: string }
  /** The switch did not carry out the command with this id, or did not answer. */
  | {
      readonly type: 'commandFailed'
      readonly promptId: PromptId
      readonly reason: CommandFailure
    }
  /** The switch is connected again; events about prompts may have been missed. */
  | { readonly type: 'restored' }
  /** The caller hung up, or was moved elsewhere. */
  | { readonly type: 'callerGone' }
  | { readonly type: 'timePassed' }
)

/** How a run ended. */
export type FlowOutcome =
  /** The last step was done; the call continues. */
  | { readonly type: 'completed' }
  | FlowExit
  /** A question had no valid answer, and the step has no `otherwise`. */
  | { readonly type: 'unanswered'; readonly step: string }
  | { readonly type: 'timeLimit' }
  | { readonly type: 'callerGone' }
  /** It exceeded the limit on the number of steps. */
  | { readonly type: 'failed'; readonly step: string }

/** Effects of a run, to be carried out in order. */
export type FlowEffect =
  | { readonly type: 'send'; readonly command: SwitchCommand }
  /** A variable was set. The value may be private: never log it. */
  | { readonly type: 'collected'; readonly name: string; readonly value: string }
  /** A prompt or command of a step failed; the flow continues. For logs and metrics. */
  | {
      readonly type: 'fault'
      readonly step: string
      readonly problem: 'promptMissing' | 'promptFailed' | 'commandFailed'
    }
  /** Always the last effect, exactly once. */
  | {
      readonly type: 'ended'
      readonly outcome: FlowOutcome
      readonly variables: Readonly<Record<string, string>>
    }
