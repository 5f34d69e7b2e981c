import { SwitchyardError } from '../errors.ts'

/** One message on the event socket. */
export interface EslFrame {
  /** Its outer headers, by lower-case name; the first of equals. */
  readonly headers: ReadonlyMap<string, string>
  /** Empty when there is none. A view over the reader's memory: copy what is kept past the call. */
  readonly body: Buffer
}

export interface FrameLimits {
  /** Longest block of outer headers, in bytes. @default 65536 */
  readonly headerBytes: number
  /** Longest body, in bytes. @default 16777216 */
  readonly bodyBytes: number
}

export const defaultFrameLimits: FrameLimits = { headerBytes: 65_536, bodyBytes: 16_777_216 }

/** What the reader saw that no sound switch sends. */
export type FrameOddity = 'headerTooLarge' | 'bodyTooLarge'

export interface FrameListener {
  /** A whole frame, in order. A throw is told to {@link threw}; the frames behind it are delivered all the same. */
  frame(frame: EslFrame): void
  /** A frame was skipped; its neighbours are not affected. `contentType` is its kind, where that could be read. */
  odd(kind: FrameOddity, contentType: string | undefined): void
  /** The bytes make no sense from here on: the reader has stopped, the connection must be closed. */
  broken(error: SwitchyardError): void
  threw(error: unknown): void
}

const lineFeed = 0x0a
const none = Buffer.alloc(0)
/** A larger store is given back to the heap once its frame is delivered. */
const keptStoreBytes = 262_144
/** So much of an unfinished line survives in an over-long header block: enough for any Content-Length line. */
const keptLineBytes = 128

/**
 * Cuts a stream of bytes into ESL frames: linear in the bytes, without
 * recursion, whatever the chunks. A frame that lies whole in a chunk is
 * delivered without a copy; only a frame cut by a chunk's end is gathered.
 */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #listener: FrameListener
  /** The start of a frame whose end has not come yet: bytes 0 to #stored of #store. */
  #store = none
  #stored = 0
  /** Bytes of the store already searched for the end of the headers. */
  #searched = 0
  /** Length of the store's header block with its blank line; 0 while it is unknown. */
  #headLength = 0
  #headers: ReadonlyMap<string, string> = new Map()
  #bodyLength = 0
  /** Bytes of an over-long body still to be dropped. */
  #toSkip = 0
  #isHeadTooLarge: boolean = false
  #isStopped: boolean = false

  constructor(listener: FrameListener, limits: FrameLimits = defaultFrameLimits) {
    this.#listener = listener
    this.#limits = limits
  }

  /** Ends delivery at once, also of frames already received. */
  stop(): void {
    this.#isStopped = true
    this.#store = none
    this.#stored = 0
  }

  /** Takes the next bytes. They are not referred to after it returns. */
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

  /** Reads one frame that starts in `chunk`; what is not whole goes to the store. */
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
      // Small steps: what lies behind the headers is then read from the chunk, not copied.
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
   * Looks for the end of the headers in the store, whose last byte is the one
   * before `chunkEnd` of the chunk. Returns where in the chunk to go on.
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

  /** Reads the header block; false when there is no frame to deliver: it is skipped or broken. */
  #readHead(bytes: Buffer, start: number, end: number): boolean {
    this.#headers = parseHeaders(bytes.toString('latin1', start, end))
    const given = this.#headers.get('content-length')
    if (given !== undefined && !/^\d{1,15}$/.test(given)) {
      this.stop()
      this.#listener.broken(
        new SwitchyardError(
          'SY_ESL_PROTOCOL',
          'the peer sent a frame whose Content-Length is no length; is this port a FreeSWITCH event socket?',
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

  /** Of a header block that is too long, keeps what tells its kind and how long its body is. */
  #compactHead(): void {
    const block = this.#store.toString('latin1', 0, this.#stored)
    const lastLine = block.slice(block.lastIndexOf('\n') + 1)
    const whole = block.slice(0, block.length - lastLine.length)
    const kept = ['length', 'type']
      .map((name) => new RegExp(`^content-${name}:.*\n`, 'im').exec(whole)?.[0] ?? '')
      .filter((line) => line.length <= keptLineBytes)
    // The sentinel line stands where a blank line would else seem to end the headers.
    const text = `${kept.join('')}x:\n${lastLine.slice(0, keptLineBytes)}`
    this.#stored = this.#store.write(text, 0, 'latin1')
    this.#searched = Math.max(0, this.#stored - 1)
    this.#isHeadTooLarge = true
  }
}

/** Index after the blank line that ends the headers, or -1. The bytes before `from` are known not to hold it. */
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
