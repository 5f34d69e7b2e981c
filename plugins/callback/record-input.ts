import type { EpochMs } from '../../engine/plugin/index.ts'
import type { AttemptOutcome, Needs, OwedFor } from './obligation.ts'

/** A reason for a callback. */
export interface Owed {
  readonly type: 'owed'
  /** Derived from the reason, so that a repeat owes nothing new. */
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

/** The inputs of a number's record. Each may come twice, late or out of order. */
export type RecordInput =
  | Owed
  /** The customer is on the line, in a call that they made. */
  | { readonly type: 'rangAgain'; readonly callId: string; readonly at: EpochMs }
  /** An agent talks to the customer, in a call that is not an attempt. */
  | {
      readonly type: 'served'
      readonly callId: string
      readonly at: EpochMs
      /** Absent for a call that the customer did not make. */
      readonly arrivedAt?: EpochMs | undefined
    }
  /** A call that is not an attempt is over. */
  | {
      readonly type: 'callEnded'
      readonly callId: string
      readonly at: EpochMs
      /** True if the caller was served, so that nothing is owed for it. */
      readonly isServed: boolean
      readonly owed?: Owed | undefined
    }
  | { readonly type: 'cancelled'; readonly reason: 'command' | 'doNotCall' }
  /** The customer's phone is ringing. */
  | { readonly type: 'dialled'; readonly callId: string }
  /** The customer has answered and waits for the agent. */
  | { readonly type: 'reached'; readonly callId: string }
  | { readonly type: 'connected'; readonly callId: string; readonly reason: string }
  | {
      readonly type: 'attemptEnded'
      readonly callId: string
      readonly outcome: AttemptOutcome
    }
  | { readonly type: 'machineFound'; readonly callId: string }
  /** The engine reports that the attempt is over; an event may still tell its outcome. */
  | { readonly type: 'spent'; readonly callId: string }
  /** The engine refused the attempt for good. */
  | { readonly type: 'placeRefused'; readonly callId: string; readonly code: string }
  /** The engine does not have the contact, or no longer does. */
  | { readonly type: 'withdrawn'; readonly callId: string }
  /** It was withdrawn a second time, long enough after the first: no command to place it can still be in flight. */
  | { readonly type: 'cleared'; readonly callId: string }
  /** These events have been published. */
  | { readonly type: 'published'; readonly ids: readonly string[] }
  /** The call has taken over the place, or is over. */
  | { readonly type: 'placeGiven'; readonly callId: string }
  | { readonly type: 'timePassed' }

/** The rules that decisions depend on. */
export interface Rules {
  /** Maximum number of attempts. */
  readonly attempts: number
  spacingMs(outcome: AttemptOutcome): number
  readonly expireAfterMs: number
  readonly keepForMs: number
  /** True for numbers that must not be dialled. */
  isBarred(number: string): boolean
  /** The first instant from `at` on when customers of the queue may be dialled; undefined if there is none. */
  openAt(queue: string, at: EpochMs): EpochMs | undefined
}

/** The time of a decision, and its rules. */
export interface Moment {
  readonly now: EpochMs
  readonly rules: Rules
}
