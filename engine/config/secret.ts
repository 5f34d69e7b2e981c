import { inspect } from 'node:util'
import { SwitchyardError } from '../errors.ts'

const shown = '[secret]'

/**
 * A password, token or key. It prints as `[secret]` however it is printed, so
 * that a configuration may be logged whole; only {@link Secret.reveal} gives it away.
 */
export class Secret {
  readonly #value: string | undefined

  /** @param value undefined when it was not read, being another process's */
  constructor(value: string | undefined) {
    this.#value = value
  }

  /**
   * The secret itself: for the wire only.
   *
   * @throws SwitchyardError SY_CONFIG_INVALID when it was not read
   */
  reveal(): string {
    if (this.#value === undefined) {
      throw new SwitchyardError('SY_CONFIG_INVALID', 'a secret of another process was not read')
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
