import { readFile } from 'node:fs/promises'
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
} from 'nats'
import type { DurationMs } from '../../catalogue/ids.ts'
import type { Clock, Timer } from '../../clock.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Logger } from '../../log.ts'

/** How the engine authenticates to the broker. Never logged. */
export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** Path of a `.creds` file; read again at each connection, so that it can be replaced. */
  | { readonly credsFile: string }
  /** The content of a `.creds` file. */
  | { readonly creds: string }
  /** An nkey seed (`SU...`). */
  | { readonly nkey: string }

/** TLS files, read at each connection. An empty object means TLS with the system's root certificates. */
export interface NatsTls {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  /** Whether TLS starts before the server's greeting. @default false */
  readonly handshakeFirst?: boolean
}

export interface NatsLinkOptions {
  /** URLs without credentials, for example `nats://nats:4222`. Tried in random order. */
  readonly servers: readonly string[]
  readonly credentials?: NatsCredentials
  readonly tls?: NatsTls
  /** The name of this connection in the broker's monitoring. @default 'switchyard' */
  readonly name?: string
  /**
   * Where replies are delivered. With a prefix of its own, the broker's permissions
   * can keep other users from reading them. @default '_INBOX'
   */
  readonly inboxPrefix?: string
  readonly log: Logger
  readonly clock: Clock
  /** Called at each change of {@link NatsLink.isConnected}. */
  readonly onConnection?: (isConnected: boolean) => void
}

/** A connection that is made again whenever it is lost. */
export interface NatsLink {
  readonly isConnected: boolean
  readonly isClosed: boolean
  /** The current connection. @throws SwitchyardError SY_BUS_UNAVAILABLE */
  connection(): NatsConnection
  /** Calls `attach` with the current connection and every later one. Returns a function that ends this. */
  onUp(attach: (connection: NatsConnection) => void): () => void
  /** Closes the connection and stops reconnecting. */
  close(): Promise<void>
}

const connectTimeoutMs: DurationMs = 3_000
const firstRetryMs: DurationMs = 100
const lastRetryMs: DurationMs = 2_000
/** A broker that leaves two pings unanswered is considered dead. */
const pingIntervalMs: DurationMs = 2_000

/**
 * Connects, and reconnects until it is closed. Each time it makes a new connection
 * of the client: the client's own reconnecting would keep or lose what was written
 * during an outage, depending on the moment.
 *
 * @throws SwitchyardError SY_CONFIG_INVALID when a server is not a plain URL
 */
export function createNatsLink(options: NatsLinkOptions): NatsLink {
  const { clock, log, onConnection } = options
  options.servers.forEach(checkServer)

  let current: NatsConnection | undefined
  let isClosed = false
  let retryTimer: Timer | undefined
  let endWait: (() => void) | undefined
  const attachments = new Set<(connection: NatsConnection) => void>()

  async function keepConnected(): Promise<void> {
    let retryMs = firstRetryMs
    let reported: string | undefined
    while (!isClosed) {
      try {
        const connection = await connect(await connectionOptions(options))
        retryMs = firstRetryMs
        reported = undefined
        await serve(connection)
      } catch (error) {
        const reason = reasonOf(error)
        if (reason !== reported) {
          reported = reason
          log.warn({ reason }, 'cannot connect to the broker; trying again')
        }
      }
      if (!isClosed) {
        await wait(retryMs)
        retryMs = Math.min(retryMs * 2, lastRetryMs)
      }
    }
  }

  /** Serves a connection until it is lost. */
  async function serve(connection: NatsConnection): Promise<void> {
    if (isClosed) {
      await connection.close()
      return
    }
    current = connection
    log.info({ server: connection.getServer() }, 'connected to the broker')
    onConnection?.(true)
    attachments.forEach((attach) => {
      attach(connection)
    })
    const reason = await connection.closed()
    current = undefined
    onConnection?.(false)
    if (!isClosed) {
      log.warn({ reason: reasonOf(reason) }, 'lost the connection to the broker')
    }
  }

  async function wait(ms: DurationMs): Promise<void> {
    await new Promise<void>((resolve) => {
      endWait = resolve
      retryTimer = clock.setTimer(ms, resolve)
    })
  }

  void keepConnected()

  return {
    get isConnected() {
      return current !== undefined && !current.isClosed()
    },
    get isClosed() {
      return isClosed
    },
    connection() {
      if (current === undefined || current.isClosed()) {
        throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the bus is not connected')
      }
      return current
    },
    onUp(attach) {
      attachments.add(attach)
      if (current !== undefined && !current.isClosed()) {
        attach(current)
      }
      return () => attachments.delete(attach)
    },
    async close() {
      isClosed = true
      attachments.clear()
      retryTimer?.cancel()
      endWait?.()
      await current?.close()
    },
  }
}

async function connectionOptions(options: NatsLinkOptions): Promise<ConnectionOptions> {
  const { tls } = options
  return {
    servers: [...options.servers],
    name: options.name ?? 'switchyard',
    ...(options.inboxPrefix !== undefined && { inboxPrefix: options.inboxPrefix }),
    reconnect: false,
    timeout: connectTimeoutMs,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...(tls !== undefined && { tls: { ...tls } }),
    ...(options.credentials !== undefined && (await login(options.credentials))),
  }
}

async function login(credentials: NatsCredentials): Promise<ConnectionOptions> {
  if ('user' in credentials) {
    return { user: credentials.user, pass: credentials.password }
  }
  if ('token' in credentials) {
    return { token: credentials.token }
  }
  if ('creds' in credentials) {
    return { authenticator: credsAuthenticator(Buffer.from(credentials.creds)) }
  }
  if ('credsFile' in credentials) {
    return { authenticator: credsAuthenticator(await readFile(credentials.credsFile)) }
  }
  return { authenticator: nkeyAuthenticator(new TextEncoder().encode(credentials.nkey)) }
}

function checkServer(server: string): void {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url === undefined || !['nats:', 'tls:'].includes(url.protocol)) {
    throw new SwitchyardError('SY_CONFIG_INVALID', 'the URL of a NATS server is nats://HOST:PORT')
  }
  if (url.username !== '' || url.password !== '') {
    throw new SwitchyardError(
      'SY_CONFIG_INVALID',
      'the URL of a NATS server must not contain credentials: set them separately, where they are not logged',
    )
  }
}

/** The reason for the log. Only the code: a message might quote what was sent. */
function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : 'connection closed'
}
