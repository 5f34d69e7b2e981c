import { SwitchyardError } from '../errors.ts'
import type { DeliveryOptions } from './definition.ts'

/** {@link DeliveryOptions} with every default filled in. */
export type Delivery = Required<DeliveryOptions>

const defaults: Delivery = {
  from: 'next',
  timeoutMs: 10_000,
  tries: 5,
  backoffMs: 1_000,
  patienceMs: 60 * 60_000,
  takeoverMs: 30_000,
  concurrency: 64,
  isOnce: true,
}

/**
 * Fills in the defaults.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the invalid setting
 */
export function fillDelivery(options: DeliveryOptions = {}): Delivery {
  const delivery = { ...defaults, ...options }
  const { from: _from, isOnce: _isOnce, ...numbers } = delivery
  for (const [key, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new SwitchyardError(
        'SY_PLUGIN_INVALID',
        `delivery.${key}: must be a whole number of at least 1`,
      )
    }
  }
  return delivery
}
