import type { AgentId, CallId, LegId, OfferId } from '../catalogue/ids.ts'
import type { CallerChannel } from '../switch/event.ts'
import type { CallMarks, MarkChange } from '../switch/marks.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { CommandResult, LegActivity, SwitchCommand } from '../switch/switch.ts'

/** An offer to agents' phones. */
export type OfferCommand = Extract<SwitchCommand, { type: 'offer' }>
/** Something said to a caller or asked of one. */
export type PromptOrder = Extract<SwitchCommand, { promptId: PromptId }>
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

/** The marks that stand on a channel. */
export type ModelMarks = Partial<CallMarks>

/** A caller's channel. */
export interface ModelCaller {
  readonly callId: CallId
  dialledNumber: string
  /** In `park`, where the engine may command it; otherwise the dialplan has it. */
  isParked: boolean
  activity: LegActivity
  marks: ModelMarks
  bridge: Bridge | undefined
  /** Offers that came while another runs. */
  queued: OfferCommand[]
  /** What is being said or asked, the innermost last. */
  prompts: PromptOrder[]
}

/** A customer's phone that the engine has dialled, until it is answered. */
export interface ModelDial {
  readonly legId: LegId
  readonly marks: ModelMarks
  /** `dialling`: the switch has not made the channel yet. */
  phase: 'dialling' | 'ringing'
  /** Tells the engine how it ended; undefined once the connection it was asked on is gone. */
  reply: ((result: CommandResult) => void) | undefined
}

/** The marks after a change. */
export function changeMarks(before: ModelMarks, change: MarkChange): ModelMarks {
  const after = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null)
  return Object.fromEntries(after)
}

/** What the switch would tell of a caller's channel. */
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
