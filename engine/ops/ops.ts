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
  /** Whether work can be done now; called for each `/readyz`. */
  readonly readiness: () => Readiness
  /** The setting or flag that chooses the port, for error messages. @default 'ops.port' */
  readonly portSetting?: string
  readonly log: Logger
}

export interface Ops {
  /** The port it listens on. */
  readonly port: number
  /** Takes no more requests; resolves when those in progress have been answered. */
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
 * Serves `/metrics`, `/healthz` (200 while the event loop turns) and `/readyz` (200 while
 * ready, else 503; JSON that names what is missing).
 *
 * @throws SwitchyardError SY_CONFIG_INVALID when it cannot listen there
 */
export async function startOps(options: OpsOptions): Promise<Ops> {
  const scrape = shareRunning(options.metrics)

  const answer = async (method: string, path: string): Promise<Answer> => {
    if (!['/metrics', '/healthz', '/readyz'].includes(path)) {
      return text(404, 'not found: use /metrics, /healthz or /readyz\n')
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return { ...text(405, 'method not allowed: use GET or HEAD\n'), allow: 'GET, HEAD' }
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
      // Including those that sent half a request, or none: they would delay the stop.
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
          options.log.error(
            { path: pathname, err: error },
            'a request to the operations port failed',
          )
          send(request, response, text(500, 'internal error: see the log\n'))
        },
      )
    },
  )

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, options)))
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  options.log.info({ host: options.host, port }, 'listening for metrics and health checks')

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

/** Requests that arrive during a run share its result: many scrapers cost no more than one. */
function shareRunning<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

/** The requested path; a malformed one becomes a path that is not found. */
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
    EADDRINUSE: `the port is in use: stop the other program, or set another ${portSetting}`,
    EACCES: `not allowed: set ${portSetting} to a port above 1023`,
    EADDRNOTAVAIL:
      'this machine does not have that address: set ops.host to 0.0.0.0 or to one of its own',
    ENOTFOUND: 'the host name is unknown: set ops.host to 0.0.0.0 or to an address',
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
