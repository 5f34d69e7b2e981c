import { inspect } from 'node:util'
import { SwitchyardError } from '../errors.ts'

const shown = '[secret]'

/**
 * A password, token or key. It always prints as `[secret]`, so that a whole configuration may be
 * logged; only {@link Secret.reveal} returns the value.
 */
export class Secret {
  readonly #value: string | undefined

  /** @param value undefined when it was not read because another process needs it */
  constructor(value: string | undefined) {
    this.#value = value
  }

  /**
   * The secret itself, to be sent and for nothing else.
   *
   * @throws SwitchyardError SY_CONFIG_INVALID when it was not read
   */
  reveal(): string {
    if (this.#value === undefined) {
      throw new SwitchyardError(
        'SY_CONFIG_INVALID',
        'the secret was not read: it belongs to another process',
      )
    }
    return this.#value
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}
