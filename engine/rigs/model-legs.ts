import type { AgentId, CallId, LegId, OfferId } from '../catalogue/ids.ts'
import type { CallerChannel, CallerState, CallOrigin } from '../switch/event.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { CommandResult, SwitchCommand } from '../switch/switch.ts'

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

/** A caller's channel. */
export interface ModelCaller {
  readonly callId: CallId
  dialledNumber: string
  /** In `park`, where the engine may command it; otherwise the dialplan has it. */
  isParked: boolean
  application: string
  variables: Readonly<Record<string, string>>
  bridge: Bridge | undefined
  /** Offers that came while another runs. */
  queued: OfferCommand[]
  /** What is being said or asked, the innermost last. */
  prompts: PromptOrder[]
}

/** A customer's phone that the engine has dialled, until it is answered. */
export interface ModelDial {
  readonly legId: LegId
  readonly variables: Readonly<Record<string, string>>
  /** `dialling`: the switch has not made the channel yet. */
  phase: 'dialling' | 'ringing'
  /** Tells the engine how it ended; undefined once the connection it was asked on is gone. */
  reply: ((result: CommandResult) => void) | undefined
}

/** What the switch would tell of a caller's channel. */
export function channelOf({
  dialledNumber,
  variables,
}: Pick<ModelCaller, 'dialledNumber' | 'variables'>): CallerChannel {
  const number = (name: string) => {
    const text = variables[name]
    return text === undefined || text === '' ? undefined : Number(text)
  }
  return {
    tenant: 'acme',
    queue: variables['acd_queue'],
    inQueue: variables['acd_in_queue'] || undefined,
    inFlow: variables['acd_in_flow'] || undefined,
    flowBy: variables['acd_flow_by'],
    dialledNumber,
    callerNumber: '4930123',
    callerName: 'Caller',
    enqueuedAt: number('acd_enqueued_at'),
    enteredAt: number('acd_entered_at'),
    answeredAt: number('acd_answered_at'),
    priority: number('acd_priority'),
    takenNumber: variables['acd_dialled'],
    state: variables['acd_state'] as CallerState | undefined,
    wayOutTask: undefined,
    origin: variables['acd_origin'] as CallOrigin | undefined,
    customerNumber: variables['acd_customer'],
  }
}
