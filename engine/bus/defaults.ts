import type { DurationMs } from '../catalogue/ids.ts'

/** The default `ackWaitMs` of a consumer, on every adapter. */
export const defaultAckWaitMs: DurationMs = 30_000

/** The default `duplicateWindowMs` of a stream, on every adapter; the same as JetStream's. */
export const defaultDuplicateWindowMs: DurationMs = 120_000

/** The default `maxUnacknowledged` of a durable consumer, on every adapter. */
export const maxUnacknowledged = 1000
