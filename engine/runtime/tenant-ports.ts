import type { EngineEvent } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { DialClaims } from './dial-claims.ts'

/** What the runtime counts for a tenant beside the events it publishes. */
export interface TenantMeter {
  /** An event that meant nothing in its call's state; races cause some. @param event of a small fixed set */
  eventIgnored(tenant: string, event: string): void
  /** An exception inside the engine: a bug. */
  faulted(tenant: string): void
  /** A strategy plugin threw, or returned something that is not a number. */
  strategyFailed(tenant: string, queue: string, strategy: string): void
  /** A prompt or question of a flow failed on the switch. @param problem of a small fixed set */
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
  /** Takes an event, to be published after the turn. `key` and `sequence` are unique together. */
  publish(event: EngineEvent, tenant: string, key: string, sequence: number): void
}
