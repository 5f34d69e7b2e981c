import type { EngineEvent } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { DialClaims } from './dial-claims.ts'

/** What the runtime counts of a tenant beside the events it publishes. */
export interface TenantMeter {
  /** A fact that meant nothing to its call; some are normal in races. */
  factIgnored(tenant: string, fact: string): void
  /** An exception where there must be none. */
  faulted(tenant: string): void
  /** A strategy plugin threw, or gave what is no number. */
  strategyFailed(tenant: string, queue: string, strategy: string): void
  /** A flow could not say or ask something. @param problem of a small fixed set */
  flowFailed(tenant: string, flow: string, problem: string): void
  /** A variable of a caller's channel could not be read. @param variable of a small fixed set */
  variableMalformed(tenant: string, variable: string): void
}

export interface TenantPorts {
  readonly claims: DialClaims
  readonly clock: Clock
  readonly log: Logger
  readonly meter: TenantMeter
  /** A new random UUID. */
  newId(): string
  /** Takes an event for publication, after the hot path. `key` and `sequence` are unique together. */
  publish(event: EngineEvent, tenant: string, key: string, sequence: number): void
}
