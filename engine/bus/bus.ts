import type { DurationMs } from '../catalogue/ids.ts'

/** A message of a stream or a subject. */
export interface BusMessage {
  readonly subject: string
  readonly data: Uint8Array
}

/** A message of a durable stream, to be acknowledged. */
export interface StreamMessage extends BusMessage {
  /** Position in the stream, from 1. */
  readonly sequence: number
  /** How often it was delivered to this consumer, from 1. */
  readonly deliveries: number
  ack(): void
  /** Requests redelivery after `delayMs`. */
  retry(delayMs?: DurationMs): void
  /** Extends the time it may stay unacknowledged to `ackWaitMs` from now, because work continues. */
  extend(): void
}

export interface Subscription {
  stop(): Promise<void>
}

export interface Published {
  /** False when the stream already held a message of that id. */
  readonly isNew: boolean
  readonly sequence: number
}

export interface KvEntry {
  readonly key: string
  readonly value: Uint8Array
  /** Grows with each change; the token of compare-and-set. */
  readonly revision: number
}

export interface KvStore {
  get(key: string): Promise<KvEntry | undefined>
  /** Creates `key`; throws SY_BUS_CONFLICT if it exists. Resolves to its revision. */
  create(key: string, value: Uint8Array): Promise<number>
  /** Replaces `key` if it is still at `revision`; throws SY_BUS_CONFLICT if not. */
  update(key: string, value: Uint8Array, revision: number): Promise<number>
  put(key: string, value: Uint8Array): Promise<number>
  /** Deletes `key`. With `revision`, only if it is still at it; throws SY_BUS_CONFLICT if not. */
  delete(key: string, revision?: number): Promise<void>
  keys(): Promise<readonly string[]>
  /**
   * Calls back for every present entry, then for each change; an `undefined` entry
   * means deleted or expired. Resolves when every present entry has been passed on.
   * Continues through outages: changes during one are passed on afterwards.
   */
  watch(onEntry: (key: string, entry: KvEntry | undefined) => void): Promise<Subscription>
}

export interface StreamOptions {
  readonly name: string
  /** Subjects that it stores; `*` and `>` are allowed. */
  readonly subjects: readonly string[]
  /**
   * How long ids are remembered; never longer than the age limit.
   *
   * @default 2 minutes for a new stream; an existing one keeps its own
   */
  readonly duplicateWindowMs?: DurationMs
  /**
   * The age limit of the messages; 0 keeps them forever.
   *
   * @default `newMaxAgeMs` for a new stream; an existing one keeps its own
   */
  readonly maxAgeMs?: DurationMs
  /** The age limit of a new stream, which an operator may then change. @default 0, keep forever */
  readonly newMaxAgeMs?: DurationMs
}

export interface ConsumeOptions {
  readonly stream: string
  /** The same name resumes where it was, also in another process; readers of one name share the messages. */
  readonly durable: string
  /** @default all subjects of the stream */
  readonly filter?: string
  /** How long a message may stay unacknowledged. @default 30 s */
  readonly ackWaitMs?: DurationMs
  /** @default unlimited */
  readonly maxDeliveries?: number
  /** Where a new durable begins: at the oldest message, or at the next to arrive. @default 'oldest' */
  readonly from?: 'oldest' | 'next'
  /** How many messages may be unacknowledged at once, over all readers of the durable. @default 1000 */
  readonly maxUnacknowledged?: number
}

export interface RespondOptions {
  /** True when the servers of a subject share its requests; false when each answers all, as for discovery. @default true */
  readonly isShared?: boolean
}

/**
 * Messages between the engine and its services. Two adapters, NATS and memory,
 * with one contract suite. Nothing on the hot path uses it.
 */
export interface Bus {
  /** Creates the stream, or changes the settings that the options name and leaves all others alone. */
  ensureStream(options: StreamOptions): Promise<void>
  /**
   * Stores a batch in a stream, in order, each acknowledged by the stream. A
   * message whose `id` the stream has seen within its duplicate window is dropped.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE, or SY_BUS_NO_RESPONDER when no stream keeps a
   *   subject. Then none, some or all are stored: send the batch again. SY_BUS_INVALID when a
   *   message can never be stored (its subject, or its size): nothing of the batch is stored.
   */
  publish(
    messages: readonly {
      readonly subject: string
      readonly id: string
      readonly data: Uint8Array
    }[],
  ): Promise<readonly Published[]>
  /**
   * Reads a stream. The number of unacknowledged messages is limited. Resumes by itself
   * after an outage.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE, or SY_BUS_NO_RESPONDER when there is no such stream
   */
  consume(
    options: ConsumeOptions,
    onMessage: (message: StreamMessage) => void,
  ): Promise<Subscription>
  /** Plain subscription, at most once. May be made while the broker is away: it begins with the connection. */
  subscribe(subject: string, onMessage: (message: BusMessage) => void): Promise<Subscription>
  /** Plain publication, at most once; dropped while the broker is away. */
  send(subject: string, data: Uint8Array): void
  /** @throws SwitchyardError SY_BUS_TIMEOUT, SY_BUS_NO_RESPONDER, SY_BUS_RESPONDER_FAILED or SY_BUS_UNAVAILABLE */
  request(subject: string, data: Uint8Array, timeoutMs: DurationMs): Promise<Uint8Array>
  /**
   * Sends a request to every server of a subject. Resolves to the answers that came within
   * `withinMs`, none when nobody serves it.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE
   */
  requestAll(
    subject: string,
    data: Uint8Array,
    withinMs: DurationMs,
  ): Promise<readonly Uint8Array[]>
  /**
   * Serves a subject. Several servers of one subject share the requests. May be
   * made while the broker is away. A refusal is an answer; a handler that throws
   * is logged and fails its request.
   */
  respond(
    subject: string,
    handle: (data: Uint8Array, subject: string) => Promise<Uint8Array> | Uint8Array,
    options?: RespondOptions,
  ): Promise<Subscription>
  /**
   * Opens a key-value bucket, creating it if need be. Entries end `ttlMs` after
   * their last change; a `ttlMs` that differs from the bucket's replaces it.
   *
   * @throws SwitchyardError SY_BUS_UNAVAILABLE, as does every operation of the bucket
   */
  kv(bucket: string, options?: { readonly ttlMs?: DurationMs }): Promise<KvStore>
  readonly isConnected: boolean
  close(): Promise<void>
}
