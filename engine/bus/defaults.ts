import type { DurationMs } from '../catalogue/ids.ts'

/** Of `ackWaitMs` of a consumer, on every adapter. */
export const defaultAckWaitMs: DurationMs = 30_000

/** Of `duplicateWindowMs` of a stream, on every adapter; JetStream's own. */
export const defaultDuplicateWindowMs: DurationMs = 120_000

/** How many messages of a durable consumer may be out without an answer, on every adapter. */
export const maxUnacknowledged = 1000
