import { SwitchyardError } from '../errors.ts'

/** One message on the event socket. */
export interface EslFrame {
  /** Its outer headers, by lower-case name; of repeated ones, the first. */
  readonly headers: ReadonlyMap<string, string>
  /** Empty when there is none. A view over the reader's memory: copy what you keep after the call. */
  readonly body: Buffer
}

export interface FrameLimits {
  /** Longest block of outer headers, in bytes. @default 65536 */
  readonly headerBytes: number
  /** Longest body, in bytes. @default 16777216 */
  readonly bodyBytes: number
}

export const defaultFrameLimits: FrameLimits = { headerBytes: 65_536, bodyBytes: 16_777_216 }

/** What the reader skipped because no healthy switch sends it. */
export type FrameOddity = 'headerTooLarge' | 'bodyTooLarge'

export interface FrameListener {
  /** Takes a complete frame, in order. If it throws, {@link threw} is called and later frames are still delivered. */
  frame(frame: EslFrame): void
  /** A frame was skipped; the frames around it are not affected. `contentType` is its kind, if it could be read. */
  odd(kind: FrameOddity, contentType: string | undefined): void
  /** The stream cannot be read any further: the reader has stopped, and the connection must be closed. */
  broken(error: SwitchyardError): void
  threw(error: unknown): void
}

const lineFeed = 0x0a
const none = Buffer.alloc(0)
/** A larger store is released once its frame has been delivered. */
const keptStoreBytes = 262_144
/** How much of an unfinished line is kept in an over-long header block: enough for any Content-Length line. */
const keptLineBytes = 128

/**
 * Cuts a stream of bytes into ESL frames, in linear time and without recursion,
 * however the stream is chunked. A frame that lies within one chunk is delivered
 * without a copy; only a frame split across chunks is copied.
 */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #listener: FrameListener
  /** The start of an incomplete frame: bytes 0 to #stored of #store. */
  #store = none
  #stored = 0
  /** How many bytes of the store have been searched for the end of the headers. */
  #searched = 0
  /** Length of the header block in the store, with its blank line; 0 while unknown. */
  #headLength = 0
  #headers: ReadonlyMap<string, string> = new Map()
  #bodyLength = 0
  /** How many bytes of an over-long body are still to be skipped. */
  #toSkip = 0
  #isHeadTooLarge: boolean = false
  #isStopped: boolean = false

  constructor(listener: FrameListener, limits: FrameLimits = defaultFrameLimits) {
    this.#listener = listener
    this.#limits = limits
  }

  /** Ends delivery at once, even of frames already received. */
  stop(): void {
    this.#isStopped = true
    this.#store = none
    this.#stored = 0
  }

  /** Takes the next bytes. The chunk is not referenced after it returns. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#isStopped) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, chunk.length - at)
        this.#toSkip -= skipped
        at += skipped
      } else if (this.#stored > 0) {
        at = this.#continueStored(chunk, at)
      } else {
        at = this.#readWhole(chunk, at)
      }
    }
  }

  /** Reads one frame that starts in `chunk`; an incomplete one goes to the store. */
  #readWhole(chunk: Buffer, start: number): number {
    if (chunk[start] === lineFeed) {
      return start + 1
    }
    const headEnd = endOfHeaders(chunk, start, start)
    if (headEnd < 0 || headEnd - start > this.#limits.headerBytes) {
      this.#append(chunk, start, chunk.length)
      return this.#searchStored(chunk.length)
    }
    if (!this.#readHead(chunk, start, headEnd)) {
      return headEnd
    }
    const end = headEnd + this.#bodyLength
    if (end > chunk.length) {
      this.#headLength = headEnd - start
      this.#append(chunk, start, chunk.length)
      return chunk.length
    }
    this.#deliver(this.#bodyLength === 0 ? none : chunk.subarray(headEnd, end))
    return end
  }

  #continueStored(chunk: Buffer, at: number): number {
    if (this.#headLength === 0) {
      // In small steps, so that the bytes after the headers are read from the chunk and not copied.
      const end = Math.min(chunk.length, at + 4_096)
      this.#append(chunk, at, end)
      return this.#searchStored(end)
    }
    const missing = this.#headLength + this.#bodyLength - this.#stored
    const end = Math.min(chunk.length, at + missing)
    this.#append(chunk, at, end)
    if (end - at === missing) {
      this.#deliverStored()
    }
    return end
  }

  /**
   * Looks for the end of the headers in the store. The store ends with the byte
   * before `chunkEnd` of the chunk. Returns where to continue in the chunk.
   */
  #searchStored(chunkEnd: number): number {
    const headEnd = endOfHeaders(this.#store.subarray(0, this.#stored), 0, this.#searched)
    if (headEnd < 0) {
      this.#searched = Math.max(0, this.#stored - 1)
      if (this.#stored > this.#limits.headerBytes) {
        this.#compactHead()
      }
      return chunkEnd
    }
    const surplus = this.#stored - headEnd
    this.#stored = headEnd
    this.#isHeadTooLarge ||= headEnd > this.#limits.headerBytes
    if (this.#readHead(this.#store, 0, headEnd)) {
      this.#headLength = headEnd
      if (this.#bodyLength === 0) {
        this.#deliverStored()
      }
    } else {
      this.#clear()
    }
    return chunkEnd - surplus
  }

  /** Reads the header block. False when there is no frame to deliver, because it is skipped or broken. */
  #readHead(bytes: Buffer, start: number, end: number): boolean {
    this.#headers = parseHeaders(bytes.toString('latin1', start, end))
    const given = this.#headers.get('content-length')
    if (given !== undefined && !/^\d{1,15}$/.test(given)) {
      this.stop()
      this.#listener.broken(
        new SwitchyardError(
          'SY_ESL_PROTOCOL',
          'the peer sent a frame with an invalid Content-Length; is this port a FreeSWITCH event socket?',
        ),
      )
      return false
    }
    this.#bodyLength = given === undefined ? 0 : Number(given)
    if (this.#isHeadTooLarge || this.#bodyLength > this.#limits.bodyBytes) {
      this.#toSkip = this.#bodyLength
      this.#listener.odd(
        this.#isHeadTooLarge ? 'headerTooLarge' : 'bodyTooLarge',
        this.#headers.get('content-type'),
      )
      return false
    }
    return true
  }

  #deliver(body: Buffer): void {
    try {
      this.#listener.frame({ headers: this.#headers, body })
    } catch (error) {
      this.#listener.threw(error)
    }
  }

  #deliverStored(): void {
    const body = this.#store.subarray(this.#headLength, this.#headLength + this.#bodyLength)
    this.#clear()
    this.#deliver(body)
  }

  #clear(): void {
    this.#stored = 0
    this.#searched = 0
    this.#headLength = 0
    this.#isHeadTooLarge = false
    if (this.#store.length > keptStoreBytes) {
      this.#store = none
    }
  }

  #append(chunk: Buffer, from: number, to: number): void {
    const needed = this.#stored + to - from
    if (needed > this.#store.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#store.length * 2, 8_192))
      this.#store.copy(grown, 0, 0, this.#stored)
      this.#store = grown
    }
    chunk.copy(this.#store, this.#stored, from, to)
    this.#stored = needed
  }

  /** Shortens a header block that is too long to the lines with its kind and the length of its body. */
  #compactHead(): void {
    const block = this.#store.toString('latin1', 0, this.#stored)
    const lastLine = block.slice(block.lastIndexOf('\n') + 1)
    const whole = block.slice(0, block.length - lastLine.length)
    const kept = ['length', 'type']
      .map((name) => new RegExp(`^content-${name}:.*\n`, 'im').exec(whole)?.[0] ?? '')
      .filter((line) => line.length <= keptLineBytes)
    // Without the sentinel line, the text could look like a blank line that ends the headers.
    const text = `${kept.join('')}x:\n${lastLine.slice(0, keptLineBytes)}`
    this.#stored = this.#store.write(text, 0, 'latin1')
    this.#searched = Math.max(0, this.#stored - 1)
    this.#isHeadTooLarge = true
  }
}

/** Index after the blank line that ends the headers, or -1. It is not in the bytes before `from`. */
function endOfHeaders(bytes: Buffer, start: number, from: number): number {
  let at = Math.max(start, from)
  for (;;) {
    at = bytes.indexOf(lineFeed, at)
    if (at < 0 || at + 1 >= bytes.length) {
      return -1
    }
    if (bytes[at + 1] === lineFeed) {
      return at + 2
    }
    at++
  }
}

function parseHeaders(block: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) {
      const name = line.slice(0, colon).toLowerCase()
      if (!headers.has(name)) {
        headers.set(name, line.slice(colon + 1).trim())
      }
    }
  }
  return headers
}
