import type { CallFlow } from '../call/call-event.ts'
import type { CallId, DurationMs, EpochMs, QueueId } from '../catalogue/ids.ts'
import type { Preferred, Requirement } from '../catalogue/needs.ts'
import type { DialReason } from '../catalogue/outcomes.ts'
import type { AcdEffect } from '../core/event.ts'
import type { Switch } from '../switch/switch.ts'

/** Where a customer goes when they answer. */
export type ContactGoal =
  | { readonly type: 'flow'; readonly flow: CallFlow }
  | {
      readonly type: 'queue'
      readonly queueId: QueueId
      /** Their place in the queue; undefined: they get a new one when they answer. */
      readonly enqueuedAt: EpochMs | undefined
      readonly priority: number
      readonly requires: Requirement | undefined
      readonly preferred: Preferred | undefined
    }

/** A request to dial a customer. */
export interface ContactRequest {
  readonly callId: CallId
  readonly number: string
  readonly callerId: string | undefined
  /** @default the tenant's setting */
  readonly ringMs: DurationMs | undefined
  readonly goal: ContactGoal
}

/** A customer who waits to be dialled, or whose phone rings. */
export interface Contact extends ContactRequest {
  readonly origin: DialReason
  readonly isAgentFirst: boolean
  readonly ringMs: DurationMs
  /** Identifies it in event ids. */
  readonly key: string
  sequence: number
  /** `waiting` for an agent, `preparing` to dial, `dialling`. */
  state: 'waiting' | 'preparing' | 'dialling'
  /** The id has been claimed for this attempt. */
  isClaimed: boolean
  /** The agent who is reserved for it. */
  reserved:
    | { readonly offer: Extract<AcdEffect, { type: 'offer' }>; readonly matchUs: number }
    | undefined
  home: Switch | undefined
  dialledAt: EpochMs
  /** Whether `call.dialled` has been published. */
  isAnnounced: boolean
}
