import { createServer, type Socket } from 'node:net'
import type { Logger } from '../log.ts'
import {
  createSimulatedSwitch,
  type SimulatedSwitch,
  type SimulatedSwitchOptions,
} from './simulated-switch.ts'

export interface ListeningOptions extends SimulatedSwitchOptions {
  readonly log: Logger
  /** @default '127.0.0.1' */
  readonly host?: string
  /** 0 picks a free port. @default 0 */
  readonly port?: number
}

export interface ListeningSwitch extends Omit<SimulatedSwitch, 'stop' | 'connect'> {
  readonly port: number
  /** Disconnects all clients and closes the port. */
  stop(): Promise<void>
}

/**
 * Starts a simulated switch that listens for ESL clients on TCP.
 *
 * @throws the system's error when it cannot listen on the port
 */
export async function startSimulatedSwitch(options: ListeningOptions): Promise<ListeningSwitch> {
  const { log, host = '127.0.0.1', port = 0 } = options
  const sim = createSimulatedSwitch(options)
  const sockets = new Set<Socket>()

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.setEncoding('latin1')
    const client = sim.connect({
      write: (bytes, written) => socket.write(bytes, written),
      end: () => socket.end(),
    })
    socket.on('data', (bytes: string) => client.receive(bytes))
    socket.on('error', (error) =>
      log.debug({ error: error.message }, 'lost the connection to an ESL client'),
    )
    socket.on('close', () => {
      sockets.delete(socket)
      client.closed()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      sim.stop()
      reject(error)
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()

  return {
    ...sim,
    get clients() {
      return sim.clients
    },
    port: typeof address === 'object' && address ? address.port : port,
    async stop() {
      sim.stop()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
