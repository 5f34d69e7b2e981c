/**
 * The plugin SDK: everything in Switchyard that a plugin may use. See docs/plugins.md.
 */
export { z } from 'zod'
export type { Subscription } from '../bus/bus.ts'
export type {
  CommandInput,
  CommandName,
  CommandOutput,
  RequirementStep,
} from '../catalogue/commands/commands.ts'
export { type CommandNeeds, judgeNeeds, upToSeconds } from '../catalogue/commands/needs.ts'
export type { EventData, EventType } from '../catalogue/events/events.ts'
export type { DurationMs, EpochMs } from '../catalogue/ids.ts'
export { namePattern, needLimits } from '../catalogue/limits.ts'
export type { NeedsFault } from '../catalogue/needs.ts'
export { callbackReasons } from '../catalogue/outcomes.ts'
export { type Refusal, type RefusalCode, type Reply, refuse } from '../catalogue/refusals.ts'
export type { Clock, Timer } from '../clock.ts'
export type { CommandOptions } from '../commands/client.ts'
export type { CommandContext } from '../commands/command-endpoint.ts'
export { isSwitchyardError, SwitchyardError } from '../errors.ts'
export type { Logger } from '../log.ts'
export type { EventContext, PluginCommandClient, PluginContext } from './context.ts'
export {
  type DeliveryOptions,
  definePlugin,
  type EventHandler,
  PLUGIN_API,
  type Plugin,
  type PluginCommand,
  type PluginEvent,
} from './definition.ts'
export { derivedUuid } from './derived-uuid.ts'
export {
  type HostHealth,
  type HostOptions,
  type HostState,
  type PluginHost,
  runPlugin,
} from './host.ts'
export { digits, phoneNumber } from './options/digits.ts'
export { duration } from './options/duration.ts'
export { numberKey } from './options/number-key.ts'
export {
  comparableNumber,
  comparablePrefix,
  type NumberPlan,
  normaliseNumber,
  numberPlan,
} from './options/number-plan.ts'
export { createOpening, type Opening } from './options/opening.ts'
export { type OpeningHours, openingHours } from './options/opening-hours.ts'
export { createPrefixTable, type PrefixTable } from './options/prefix-table.ts'
export {
  readSecret,
  type SecretReference,
  type SecretSource,
  secretReference,
} from './options/secret.ts'
export { isTimeZone, timeZone } from './options/time-zone.ts'
export type { Kept, PluginKv } from './plugin-kv.ts'
export type { HistogramOptions, Labels, MetricOptions, PluginMetrics } from './plugin-metrics.ts'
export type { Publish, PublishedEvent, PublishedSchemas } from './published.ts'
