import type { CallEffect, CallEvent } from '../call/call-event.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import type { Switch } from '../switch/switch.ts'
import type { CallHandle } from './call-registry.ts'
import type { Distribution } from './distribution.ts'
import type { SwitchCommands } from './switch-commands.ts'
import type { TenantPorts } from './tenant-ports.ts'
import { callQueue } from './translation.ts'

interface CallEffectsPorts extends Pick<TenantPorts, 'log' | 'meter' | 'publish'> {
  readonly commands: SwitchCommands
  readonly distribution: Distribution
  /** Queues an event for the call, after the work in progress. */
  callEvent(handle: CallHandle, event: CallEvent): void
  /** Requests that the state of this switch be read. */
  requestReconcile(home: Switch): void
}

/**
 * Carries out the effects of a tenant's calls: commands to the switch, events to publish, events
 * for the core.
 */
export class CallEffects {
  readonly #ports: CallEffectsPorts

  constructor(ports: CallEffectsPorts) {
    this.#ports = ports
  }

  carryOut(handle: CallHandle, effect: CallEffect, at: EpochMs): void {
    const { commands, distribution, log, meter } = this.#ports
    const { settings } = distribution
    const { tenantId: tenant } = settings
    switch (effect.type) {
      case 'send':
        commands.send(handle, effect.command)
        break
      case 'notifyCore':
        distribution.handle(effect.event, at)
        break
      case 'publish': {
        const event = distribution.withOutlook(effect.event)
        handle.sequence += 1
        this.#ports.publish(event, tenant, handle.key, handle.sequence)
        break
      }
      case 'findQueue': {
        const queue = callQueue(settings, effect.queueId)
        this.#ports.callEvent(handle, { type: 'queueFound', queue, at })
        break
      }
      case 'flowFault': {
        const { flow, step, problem } = effect
        meter.flowFailed(tenant, flow, problem)
        const fields = { tenant, callId: handle.callId, flow, step, problem }
        log.warn(fields, 'a step of a flow failed on the switch; the flow continues')
        break
      }
      case 'reconcile':
        this.#ports.requestReconcile(handle.home)
        break
      case 'ignore':
        meter.eventIgnored(tenant, effect.event)
        break
    }
  }
}
