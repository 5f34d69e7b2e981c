import type { Writable } from 'node:stream'

/** Collects what is written in one turn of the event loop into one write at its end. */
export class WriteBatch {
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

  /** Writes what has been collected; drops it if the socket can no longer be written to. */
  flush(): void {
    const text = this.#text
    this.#text = ''
    if (text !== '' && this.#wire.writable) {
      this.#wire.write(text)
    }
  }
}
