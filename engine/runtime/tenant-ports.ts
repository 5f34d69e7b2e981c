import type { EngineEvent } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { DialClaims } from './dial-claims.ts'

/** The metrics of a tenant that are not derived from published events. */
export interface TenantMeter {
  /**
   * An event had no meaning in the state of its call; races cause some of these.
   *
   * @param event from a small fixed set
   */
  eventIgnored(tenant: string, event: string): void
  /** An exception was thrown inside the engine: a bug. */
  faulted(tenant: string): void
  /** A strategy threw, or returned something other than a number. */
  strategyFailed(tenant: string, queue: string, strategy: string): void
  /** A prompt or question of a flow failed on the switch. @param problem from a small fixed set */
  flowFailed(tenant: string, flow: string, problem: string): void
  /** A variable of a caller's channel could not be read. @param variable from a small fixed set */
  variableMalformed(tenant: string, variable: string): void
}

export interface TenantPorts {
  readonly claims: DialClaims
  readonly clock: Clock
  readonly log: Logger
  readonly meter: TenantMeter
  /** A new random UUID. */
  newId(): string
  /** Accepts an event to be published after the turn. The pair of `key` and `sequence` is unique. */
  publish(event: EngineEvent, tenant: string, key: string, sequence: number): void
}
