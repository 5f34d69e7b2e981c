import { inspect } from 'node:util'

const shown = '[secret]'

/**
 * A password, token or key. It prints as `[secret]` however it is printed, so
 * that a configuration may be logged whole; only {@link Secret.reveal} gives it away.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The secret itself: for the wire only. */
  reveal(): string {
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
