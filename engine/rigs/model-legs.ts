import type { AgentId, CallId, LegId, OfferId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { CallMarks, MarkChange } from '../switch/marks.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { CommandResult, LegActivity, SwitchCommand } from '../switch/switch.ts'

/** An offer to agents' phones. */
export type OfferCommand = Extract<SwitchCommand, { type: 'offer' }>
/** A prompt, question or recording for a caller. */
export type PromptCommand = Extract<SwitchCommand, { promptId: PromptId }>
/** An agent's phone. */
export interface ModelLeg {
  readonly legId: LegId
  readonly agentId: AgentId
  readonly tenant: string
  readonly caller: ModelCaller
  phase: 'dialling' | 'ringing' | 'answered' | 'joined'
}

interface Bridge {
  readonly offerId: OfferId
  readonly legs: ModelLeg[]
}

/** The marks on a channel. */
export type ModelMarks = Partial<CallMarks>

/** A caller's channel. */
export interface ModelCaller {
  readonly callId: CallId
  dialledNumber: string
  /** Whether it is in `park`, where the engine controls it; otherwise the dialplan does. */
  isParked: boolean
  activity: LegActivity
  marks: ModelMarks
  bridge: Bridge | undefined
  /** Offers that arrived while another one was in progress. */
  queued: OfferCommand[]
  /** The prompts in progress, the innermost last. */
  prompts: PromptCommand[]
}

/** A customer's phone that the engine has dialled, until it is answered. */
export interface ModelDial {
  readonly legId: LegId
  readonly marks: ModelMarks
  /** `dialling`: the switch has not created the channel yet. */
  phase: 'dialling' | 'ringing'
  /** Reports the result to the engine; undefined once the connection that the command came on is gone. */
  reply: ((result: CommandResult) => void) | undefined
}

/** The marks after a change. */
export function changeMarks(before: ModelMarks, change: MarkChange): ModelMarks {
  const after = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null)
  return Object.fromEntries(after)
}

/** A caller's channel as the switch would report it. */
export function channelOf({
  dialledNumber,
  marks,
}: Pick<ModelCaller, 'dialledNumber' | 'marks'>): CallerChannel {
  const { agentId: _, ...read } = marks
  return {
    ...read,
    tenant: 'acme',
    dialledNumber,
    callerNumber: '4930123',
    callerName: 'Caller',
    wayOutTask: undefined,
  }
}
