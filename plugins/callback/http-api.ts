import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { callbackReasons, phoneNumber, type Refusal, z } from '../../engine/plugin/index.ts'
import type { Callbacks } from './callbacks.ts'
import type { Options } from './options.ts'

type HttpOptions = Pick<NonNullable<Options['http']>, 'host' | 'port'>

/** The HTTP API for callbacks. */
export interface HttpApi {
  /** Starts to listen, unless it is listening already. */
  listen(): void
  stop(): Promise<void>
}

/** Called with the port when the server listens, and with the fault when it cannot. */
type OnListening = (port: number | undefined, fault: string | undefined) => void

interface Answer {
  readonly status: number
  readonly body: object
}

const maxBytes = 16 * 1_024
const requestTimeoutMs = 10_000
const maxConnections = 64

const instant = z.int().nonnegative()
const body = z.strictObject({
  number: phoneNumber(),
  queue: z.string().min(1).max(128),
  enqueuedAt: instant.optional(),
  notBeforeAt: instant.optional(),
  expiresAt: instant.optional(),
  callId: z.string().min(1).max(128).optional(),
  reason: z.enum(callbackReasons).default('requested'),
})

/**
 * Creates the HTTP server. `POST /callbacks` enqueues a callback, `GET /callbacks` and
 * `GET /callbacks/ID` show callbacks, `DELETE /callbacks/ID` cancels one. Every request
 * needs the bearer token.
 */
export function createHttpApi(
  options: HttpOptions,
  bearerToken: string,
  callbacks: Callbacks,
  onListening: OnListening,
): HttpApi {
  const token = digest(`Bearer ${bearerToken}`)
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    void answerRequest(request, token, callbacks).then((answer) => send(response, answer))
  })
  server.maxConnections = maxConnections
  server.on('error', () =>
    onListening(undefined, 'cannot listen on the configured address: is the port taken?'),
  )
  server.on('listening', () => onListening((server.address() as AddressInfo).port, undefined))
  return {
    listen() {
      if (!server.listening) {
        server.listen(options.port, options.host)
      }
    },
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

/** Digests have one length, so that comparing them takes constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function answerRequest(
  request: IncomingMessage,
  token: Buffer,
  callbacks: Callbacks,
): Promise<Answer> {
  try {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), token)) {
      return problem(401, 'unauthorized', 'a valid bearer token is required')
    }
    return await route(request, callbacks)
  } catch {
    return problem(503, 'unavailable', 'temporarily unavailable; try again')
  }
}

async function route(request: IncomingMessage, callbacks: Callbacks): Promise<Answer> {
  const target = readTarget(request.url ?? '/')
  if (target === undefined) {
    return problem(400, 'invalid', 'the path is malformed')
  }
  const { query, segments } = target
  const [root, id, ...rest] = segments
  if (root !== 'callbacks' || rest.length > 0 || id === '') {
    return problem(404, 'notFound', 'the only resources are /callbacks and /callbacks/ID')
  }
  const { method } = request
  if (id === undefined) {
    switch (method) {
      case 'GET':
        return fromReply(
          callbacks.list({
            queue: query.get('queue') ?? undefined,
            isEnded: query.get('ended') === 'true',
          }),
        )
      case 'POST':
        return await enqueue(request, callbacks)
      default:
        return problem(405, 'notAllowed', '/callbacks accepts GET and POST')
    }
  }
  switch (method) {
    case 'GET': {
      const reply = await callbacks.show(id)
      return reply.ok ? fromReply(reply) : problem(404, 'notFound', reply.error.message)
    }
    case 'DELETE': {
      const which = { type: 'id', callbackId: id } as const
      return fromReply(await callbacks.cancel({ which }))
    }
    default:
      return problem(405, 'notAllowed', '/callbacks/ID accepts GET and DELETE')
  }
}

/** The decoded parts of a path, and its query; undefined if it is malformed. */
function readTarget(text: string) {
  try {
    const { pathname, searchParams } = new URL(text, 'http://api')
    return { query: searchParams, segments: pathname.split('/').slice(1).map(decodeURIComponent) }
  } catch {
    return undefined
  }
}

async function enqueue(request: IncomingMessage, callbacks: Callbacks): Promise<Answer> {
  const text = await readBody(request)
  if (text === undefined) {
    return problem(413, 'tooLarge', `the body exceeds ${maxBytes} bytes`)
  }
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return problem(400, 'invalid', 'the body must be JSON')
  }
  const parsed = body.safeParse(raw)
  if (!parsed.success) {
    // Only the paths: a message might quote a number.
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'body').join(', ')
    return problem(
      400,
      'invalid',
      `the body must match the input of callback.enqueue; invalid: ${fields}`,
    )
  }
  const reply = await callbacks.enqueue(parsed.data)
  return reply.ok ? { status: reply.isNew ? 201 : 200, body: reply } : fromReply(reply)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) {
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function fromReply(reply: ({ readonly ok: true } & object) | Refusal): Answer {
  if (reply.ok) {
    return { status: 200, body: reply }
  }
  const status = reply.error.code === 'numberRefused' ? 403 : 400
  return { status, body: reply }
}

function problem(status: number, code: string, message: string): Answer {
  return { status, body: { ok: false, error: { code, message, retryable: status === 503 } } }
}

function send(response: ServerResponse, { status, body: answer }: Answer): void {
  const text = JSON.stringify(answer)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    // The unread rest of a body that is too large would be parsed as the next request.
    connection: status === 413 ? 'close' : 'keep-alive',
  })
  response.end(text)
}
