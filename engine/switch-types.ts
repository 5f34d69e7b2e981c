import type { Clock } from './clock.ts'
import type { FreeSwitchConfig, SwitchConfig } from './config/engine-config.ts'
import { createFreeSwitch, type FreeSwitchOptions } from './esl/free-switch.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { Switch } from './switch/switch.ts'

/** What a switch of any type needs besides its configuration. */
export interface SwitchPorts {
  readonly log: Logger
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly metrics: Pick<Metrics, 'switch'>
  /** @default {@link createFreeSwitch} */
  readonly createFreeSwitch?: ((options: FreeSwitchOptions) => Switch) | undefined
}

/** The adapter for each `type` of switch in the configuration. */
const adapters: {
  readonly [T in SwitchConfig['type']]: (
    config: Extract<SwitchConfig, { type: T }>,
    ports: SwitchPorts,
  ) => Switch
} = {
  freeswitch: (config, ports) =>
    (ports.createFreeSwitch ?? createFreeSwitch)(freeSwitchOptions(config, ports)),
}

/** Creates a switch from its configuration; it does nothing until `start`. */
export function createSwitch(config: SwitchConfig, ports: SwitchPorts): Switch {
  return adapters[config.type](config, ports)
}

function freeSwitchOptions(
  { switchId: id, host, port, password, commandTimeoutMs: commandMs }: FreeSwitchConfig,
  { log, clock, random, metrics }: SwitchPorts,
): FreeSwitchOptions {
  return {
    ...{ id, host, port, password: password.reveal() },
    ...{ log, clock, random, meter: metrics.switch(id), limits: { commandMs } },
  }
}
