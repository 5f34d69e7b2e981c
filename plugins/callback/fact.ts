import type { EpochMs } from '../../engine/plugin/index.ts'
import type { AttemptOutcome, Needs, OwedFor } from './obligation.ts'

/** A reason to call somebody. */
export interface Owed {
  readonly type: 'owed'
  /** The same for the same reason: a repeat owes nothing new. */
  readonly callbackId: string
  readonly number: string
  readonly queue: string
  readonly owedFor: OwedFor
  readonly at: EpochMs
  readonly enqueuedAt: EpochMs
  readonly callId?: string | undefined
  /** The call in which the customer is on the line now. */
  readonly onLineIn?: string | undefined
  readonly notBeforeAt?: EpochMs | undefined
  readonly expiresAt?: EpochMs | undefined
  readonly needs?: Needs | undefined
}

/** What becomes known of a number. Each may come twice, late, or in another order. */
export type Fact =
  | Owed
  /** The customer is on the line, in a call of their own. */
  | { readonly type: 'rangAgain'; readonly callId: string; readonly at: EpochMs }
  /** An agent talks to the customer, in a call that is no attempt. */
  | {
      readonly type: 'served'
      readonly callId: string
      readonly at: EpochMs
      /** Absent for a call that the customer did not make. */
      readonly arrivedAt?: EpochMs | undefined
    }
  /** A call that is no attempt is over. */
  | {
      readonly type: 'callEnded'
      readonly callId: string
      readonly at: EpochMs
      /** True when it leaves nothing to be made good. */
      readonly isServed: boolean
      readonly owed?: Owed | undefined
    }
  | { readonly type: 'cancelled'; readonly reason: 'command' | 'doNotCall' }
  /** The phone of the customer rings. */
  | { readonly type: 'dialled'; readonly callId: string }
  /** The customer answered, and waits for the agent. */
  | { readonly type: 'reached'; readonly callId: string }
  | { readonly type: 'connected'; readonly callId: string; readonly reason: string }
  | {
      readonly type: 'attemptEnded'
      readonly callId: string
      readonly outcome: AttemptOutcome
    }
  | { readonly type: 'machineFound'; readonly callId: string }
  /** The engine says that the attempt is over; how may still be told by an event. */
  | { readonly type: 'spent'; readonly callId: string }
  /** The engine will never place it. */
  | { readonly type: 'placeRefused'; readonly callId: string; readonly code: string }
  /** The engine has no such contact, or has it no more. */
  | { readonly type: 'withdrawn'; readonly callId: string }
  /** It was withdrawn once more, long enough after: no command to place it can be on its way. */
  | { readonly type: 'cleared'; readonly callId: string }
  /** Events were published. */
  | { readonly type: 'said'; readonly ids: readonly string[] }
  /** The place was given to the call, or the call is over. */
  | { readonly type: 'given'; readonly callId: string }
  | { readonly type: 'timePassed' }

/** What decides besides the facts. */
export interface Rules {
  /** How often a customer is dialled. */
  readonly attempts: number
  spacingMs(outcome: AttemptOutcome): number
  readonly expireAfterMs: number
  readonly keepForMs: number
  /** True for numbers that must not be dialled. */
  isBarred(number: string): boolean
  /** The first instant from `at` on when customers of the queue may be dialled; undefined: none in sight. */
  openAt(queue: string, at: EpochMs): EpochMs | undefined
}

/** When something is decided, and by which rules. */
export interface Moment {
  readonly now: EpochMs
  readonly rules: Rules
}
