import type { Writable } from 'node:stream'

/** Gathers what is written in one turn of the event loop into one write at its end. */
export class Outbox {
  readonly #wire: Writable
  #text = ''

  constructor(wire: Writable) {
    this.#wire = wire
  }

  write(text: string): void {
    if (this.#text === '') {
      queueMicrotask(() => this.flush())
    }
    this.#text += text
  }

  /** Writes what there is now; what can no longer be written is dropped. */
  flush(): void {
    const text = this.#text
    this.#text = ''
    if (text !== '' && this.#wire.writable) {
      this.#wire.write(text)
    }
  }
}
