import { connect, type Socket } from 'node:net'

/** An event as the switch sent it: its headers by name. */
export type RawEvent = Readonly<Record<string, string | undefined>>

/**
 * A simple second client of a switch. Tests and benchmarks use it to place calls and to see
 * what really happened. It shares no code with the adapter under test.
 */
export class EslTool {
  readonly #socket: Socket
  readonly #replies: ((text: string) => void)[] = []
  readonly #listeners = new Set<(event: RawEvent) => void>()
  #buffer: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
  }

  static async open(port: number, password: string, events: string): Promise<EslTool> {
    const socket = connect(port, '127.0.0.1')
    const tool = new EslTool(socket)
    // The switch sends a greeting first, which is not the reply to a command.
    await new Promise<void>((resolve) => tool.#replies.push(() => resolve()))
    await tool.command(`auth ${password}`)
    await tool.command(`event json ${events}`)
    return tool
  }

  /** Sends one command. @returns the `Reply-Text` of its reply, or the body */
  command(text: string): Promise<string> {
    return new Promise((resolve) => {
      this.#replies.push(resolve)
      this.#socket.write(`${text}\n\n`)
    })
  }

  api(text: string): Promise<string> {
    return this.command(`api ${text}`)
  }

  /** Passes every event to `listener` until the returned function is called. */
  listen(listener: (event: RawEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const end = this.#buffer.indexOf('\n\n')
      if (end < 0) {
        return
      }
      const head = this.#buffer.toString('utf8', 0, end)
      const length = Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? 0)
      if (this.#buffer.length < end + 2 + length) {
        return
      }
      const body = this.#buffer.toString('utf8', end + 2, end + 2 + length)
      this.#buffer = this.#buffer.subarray(end + 2 + length)
      this.#take(head, body)
    }
  }

  #take(head: string, body: string): void {
    if (head.includes('text/event-json')) {
      const event = JSON.parse(body) as RawEvent
      for (const listener of this.#listeners) {
        listener(event)
      }
    } else {
      const reply = /^Reply-Text: (.*)$/m.exec(head)?.[1]
      this.#replies.shift()?.(reply ?? body)
    }
  }
}
