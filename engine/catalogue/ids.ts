/**
 * Branded identifiers. A brand costs nothing at run time and stops an agent id
 * from being passed where a call id is meant.
 */
declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: { readonly [N in Name]: true } }

export type AgentId = Id<'AgentId'>
/** A call. It is the UUID of the caller's channel, so it is also a {@link LegId}. */
export type CallId = Id<'CallId' | 'LegId'>
/** One channel on a switch, by its UUID. */
export type LegId = Id<'LegId'>
/** One attempt to connect a call to agents; the `event-uuid` of its `bridge`. */
export type OfferId = Id<'OfferId'>
export type QueueId = Id<'QueueId'>
export type SkillId = Id<'SkillId'>
export type SwitchId = Id<'SwitchId'>
export type TenantId = Id<'TenantId'>

/** Milliseconds since the Unix epoch. Fields of this type end in `At`. */
export type EpochMs = number

/** A span in milliseconds. Fields of this type end in `Ms`. */
export type DurationMs = number
