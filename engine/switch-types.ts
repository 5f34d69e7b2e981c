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

/** Creates a switch with the adapter for its `type`; it does nothing until `start`. */
export function createSwitch(config: SwitchConfig, ports: SwitchPorts): Switch {
  switch (config.type) {
    case 'freeswitch':
      return (ports.createFreeSwitch ?? createFreeSwitch)(freeSwitchOptions(config, ports))
  }
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
