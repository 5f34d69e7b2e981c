import { createServer, type Server, type Socket } from 'node:net'

/** One client of the scripted peer. */
export interface PeerClient {
  readonly socket: Socket
  /** Resolves to the next complete command. */
  command(): Promise<string>
  /** The text of each read, which shows how commands were written. */
  readonly reads: string[]
  write(text: string | Buffer): void
  /** Resolves when the client has closed its end. */
  closed(): Promise<void>
}

/**
 * The other end of an event socket, over real TCP. It sends only what the test
 * writes.
 */
export class ScriptedPeer {
  readonly #server: Server
  readonly #clients: PeerClient[] = []
  readonly #waiting: ((client: PeerClient) => void)[] = []
  /** How many connections are open, and the most that were open at once. */
  live = 0
  mostLive = 0
  accepted = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => this.#accept(socket))
  }

  static async listen(): Promise<ScriptedPeer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new ScriptedPeer(server)
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Resolves to the next client that connects. */
  client(): Promise<PeerClient> {
    const client = this.#clients.shift()
    return client === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(client)
  }

  /** Resolves to the next client, once it is through password and subscription. */
  async subscribedClient(): Promise<PeerClient> {
    const client = await this.client()
    client.write('Content-Type: auth/request\n\n')
    for (;;) {
      const command = await client.command()
      client.write(`Content-Type: command/reply\nReply-Text: +OK\n\n`)
      if (command.startsWith('event ')) {
        return client
      }
    }
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) {
      socket.destroy()
    }
  }

  readonly #sockets = new Set<Socket>()

  #accept(socket: Socket): void {
    this.live++
    this.accepted++
    this.mostLive = Math.max(this.mostLive, this.live)
    this.#sockets.add(socket)
    const client = createClient(socket, () => {
      this.live--
      this.#sockets.delete(socket)
    })
    const waiting = this.#waiting.shift()
    if (waiting === undefined) {
      this.#clients.push(client)
    } else {
      waiting(client)
    }
  }
}

function createClient(socket: Socket, onClose: () => void): PeerClient {
  const commands: string[] = []
  const waiting: ((command: string) => void)[] = []
  const reads: string[] = []
  let text = ''
  const closed = new Promise<void>((resolve) =>
    socket.on('close', () => {
      onClose()
      resolve()
    }),
  )
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    reads.push(chunk.toString())
    text += chunk.toString('latin1')
    for (;;) {
      const end = text.indexOf('\n\n')
      const length = Number(/^Content-Length: (\d+)/m.exec(text.slice(0, end))?.[1] ?? 0)
      if (end < 0 || text.length < end + 2 + length) {
        return
      }
      const command = Buffer.from(
        text.slice(0, end + (length === 0 ? 0 : 2 + length)),
        'latin1',
      ).toString()
      text = text.slice(end + 2 + length)
      const taker = waiting.shift()
      if (taker === undefined) {
        commands.push(command)
      } else {
        taker(command)
      }
    }
  })
  return {
    socket,
    reads,
    command() {
      const command = commands.shift()
      return command === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(command)
    },
    write(data) {
      socket.write(data)
    },
    closed: () => closed,
  }
}
