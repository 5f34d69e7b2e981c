import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SwitchyardError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Readiness } from './readiness.ts'

export interface OpsOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The text Prometheus scrapes. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>
  /** Whether work can be done now; asked for each `/readyz`. */
  readonly readiness: () => Readiness
  /** What sets the port, for who finds it taken. @default 'ops.port' */
  readonly portSetting?: string
  readonly log: Logger
}

export interface Ops {
  /** The port it listens on. */
  readonly port: number
  /** Takes no more requests, and resolves when those under way are answered. */
  stop(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly allow?: string
}

const requestTimeoutMs = 10_000

/**
 * Serves `/metrics`, `/healthz` (200 while the event loop turns: the answer is
 * the proof) and `/readyz` (200 while ready, else 503; JSON that names what is missing).
 *
 * @throws SwitchyardError SY_CONFIG_INVALID when it cannot listen there
 */
export async function startOps(options: OpsOptions): Promise<Ops> {
  const scrape = shareRunning(options.metrics)

  const answer = async (method: string, path: string): Promise<Answer> => {
    if (!['/metrics', '/healthz', '/readyz'].includes(path)) {
      return text(404, 'not found: /metrics, /healthz and /readyz are here\n')
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return { ...text(405, 'only GET and HEAD\n'), allow: 'GET, HEAD' }
    }
    if (path === '/healthz') {
      return text(200, 'alive\n')
    }
    return path === '/metrics'
      ? { status: 200, ...(await scrape()) }
      : readiness(options.readiness())
  }

  let underWay = 0
  let isStopping = false
  const closeWhenAnswered = () => {
    if (isStopping && underWay === 0) {
      // Also those that sent half a request, or none: they would keep us waiting.
      server.closeAllConnections()
    }
  }
  const server = createServer(
    { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
    (request, response) => {
      underWay++
      response.once('close', () => {
        underWay--
        closeWhenAnswered()
      })
      const { pathname } = new URL(`http://ops${pathOf(request)}`)
      answer(request.method ?? '', pathname).then(
        (ready) => send(request, response, ready),
        (error: unknown) => {
          options.log.error({ path: pathname, err: error }, 'operations request failed')
          send(request, response, text(500, 'failed: see the log\n'))
        },
      )
    },
  )

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, options)))
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  options.log.info({ host: options.host, port }, 'operations port open')

  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        isStopping = true
        closeWhenAnswered()
      }),
  }
}

function readiness(found: Readiness): Answer {
  return {
    status: found.ready ? 200 : 503,
    contentType: 'application/json',
    body: `${JSON.stringify(found)}\n`,
  }
}

/** Lets whoever asks during a run have its result: many scrapers cost no more than one. */
function shareRunning<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

/** The path asked for; one that is not a path becomes one that is not found. */
function pathOf({ url = '' }: IncomingMessage): string {
  return /^\/(?!\/)[\w./?=&%-]*$/.test(url) ? url : '/-'
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    ...(answer.allow === undefined ? {} : { allow: answer.allow }),
  })
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}

function cannotListen(
  error: NodeJS.ErrnoException,
  { host, port, portSetting = 'ops.port' }: OpsOptions,
): SwitchyardError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `the port is taken: end the other program, or set another ${portSetting}`,
    EACCES: `not allowed: take an ${portSetting} above 1023`,
    EADDRNOTAVAIL: 'this machine has no such address: set ops.host to 0.0.0.0 or one it has',
    ENOTFOUND: 'the host name is unknown: set ops.host to 0.0.0.0 or an address',
  }
  const reason = reasons[error.code ?? ''] ?? `${error.code}`
  return new SwitchyardError(
    'SY_CONFIG_INVALID',
    `ops cannot listen on ${host}:${port}: ${reason}`,
    {
      cause: error,
    },
  )
}
