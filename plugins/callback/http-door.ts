import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Refusal, SwitchyardError, z } from '../../engine/plugin/index.ts'
import type { Callbacks } from './callbacks.ts'
import type { Options } from './options.ts'

type HttpOptions = NonNullable<Options['http']>

/** A door for callbacks over HTTP. */
export interface HttpDoor {
  /** Listens, unless it does. */
  open(): void
  stop(): Promise<void>
}

/** Hears of the door: its port when it is open, what is wrong when it is not. */
type OnDoor = (port: number | undefined, fault: string | undefined) => void

interface Answer {
  readonly status: number
  readonly body: object
}

const mostBytes = 16 * 1_024
const requestTimeoutMs = 10_000
const mostConnections = 64

const number = z.string().regex(/^\+?[0-9*#]{1,32}$/, 'digits, "*" and "#", "+" before them')
const instant = z.int().nonnegative()
const body = z.strictObject({
  number,
  queue: z.string().min(1).max(128),
  enqueuedAt: instant.optional(),
  notBeforeAt: instant.optional(),
  expiresAt: instant.optional(),
  callId: z.string().min(1).max(128).optional(),
  reason: z.enum(['abandoned', 'requested', 'survey', 'other']).default('requested'),
})

/**
 * Listens. `POST /callbacks` owes a call, `GET /callbacks` and `GET
 * /callbacks/ID` show what is owed, `DELETE /callbacks/ID` cancels. Each needs
 * the bearer token.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID when there is no token
 */
export function createHttpDoor(
  options: HttpOptions,
  callbacks: Callbacks,
  env: Readonly<Record<string, string | undefined>>,
  onDoor: OnDoor,
): HttpDoor {
  const token = digest(`Bearer ${readToken(options, env)}`)
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    void answerRequest(request, token, callbacks).then((answer) => send(response, answer))
  })
  server.maxConnections = mostConnections
  server.on('error', () => onDoor(undefined, 'it cannot listen there: is the port taken?'))
  server.on('listening', () => onDoor((server.address() as AddressInfo).port, undefined))
  return {
    open() {
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

function readToken(
  { tokenEnv, tokenFile }: HttpOptions,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const text = tokenEnv !== undefined ? env[tokenEnv] : readSecret(tokenFile ?? '')
  const token = text?.trim() ?? ''
  if (token === '') {
    const place = tokenEnv !== undefined ? 'tokenEnv' : 'tokenFile'
    throw new SwitchyardError('SY_PLUGIN_INVALID', `http.${place}: there is no token`)
  }
  return token
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Compared by digests: in a time that tells nothing, whatever the length. */
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
      return problem(401, 'unauthorized', 'a bearer token is needed')
    }
    return await route(request, callbacks)
  } catch {
    return problem(503, 'unavailable', 'not now; try again')
  }
}

async function route(request: IncomingMessage, callbacks: Callbacks): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://door')
  const [, root, id, ...rest] = url.pathname.split('/')
  if (root !== 'callbacks' || rest.length > 0 || id === '') {
    return problem(404, 'notFound', 'there is /callbacks, and /callbacks/ID')
  }
  const { method } = request
  if (id === undefined) {
    switch (method) {
      case 'GET':
        return fromReply(
          callbacks.list({
            queue: url.searchParams.get('queue') ?? undefined,
            isEnded: url.searchParams.get('ended') === 'true',
          }),
        )
      case 'POST':
        return await enqueue(request, callbacks)
      default:
        return problem(405, 'notAllowed', '/callbacks takes GET and POST')
    }
  }
  switch (method) {
    case 'GET': {
      const reply = await callbacks.show(decodeURIComponent(id))
      return reply.ok ? fromReply(reply) : problem(404, 'notFound', reply.error.message)
    }
    case 'DELETE': {
      const which = { type: 'id', callbackId: decodeURIComponent(id) } as const
      return fromReply(await callbacks.cancel({ which }))
    }
    default:
      return problem(405, 'notAllowed', '/callbacks/ID takes GET and DELETE')
  }
}

async function enqueue(request: IncomingMessage, callbacks: Callbacks): Promise<Answer> {
  const text = await readBody(request)
  if (text === undefined) {
    return problem(413, 'tooLarge', `a body has at most ${mostBytes} bytes`)
  }
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return problem(400, 'invalid', 'the body is JSON')
  }
  const parsed = body.safeParse(raw)
  if (!parsed.success) {
    // Paths alone: a message might quote a number.
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'body').join(', ')
    return problem(400, 'invalid', `as the input of callback.enqueue; wrong: ${fields}`)
  }
  const reply = await callbacks.enqueue(parsed.data)
  return reply.ok ? { status: reply.isNew ? 201 : 200, body: reply } : fromReply(reply)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) {
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
    // What was not read of a body that is too large would be taken for the next request.
    connection: status === 413 ? 'close' : 'keep-alive',
  })
  response.end(text)
}
