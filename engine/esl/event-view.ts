import { decodePercent } from './percent.ts'

/** Anything that answers for headers by name: an event, or a channel's dump. */
export interface Headers {
  /** The value, decoded; undefined when there is no such header, '' when it is empty. */
  get(name: string): string | undefined
}

const lineFeed = 0x0a
const indexAfterReads = 24
/** What `event plain` writes for a header without a value (switch_event.c, switch_event_serialize). */
const emptyMark = '_undef_'

/** `\nNAME: ` as bytes, made once for each name that is ever asked for. */
const needles = new Map<string, Buffer>()

/**
 * An event in `event plain` form, read from its bytes on demand: a header that
 * nobody asks for costs nothing.
 *
 * It is a view over the reader's memory and good only until the listener
 * returns; the strings it gives may be kept.
 */
export class EventView implements Headers {
  readonly #bytes: Buffer
  #headersEnd = -1
  #reads = 0
  #index: Map<string, number> | undefined

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The first header of that name. About 0.5 us each for the first reads; an index serves the later ones. */
  get(name: string): string | undefined {
    this.#reads++
    const valueAt = this.#reads > indexAfterReads ? this.#indexed(name) : this.#search(name)
    if (valueAt < 0) {
      return undefined
    }
    const end = this.#bytes.indexOf(lineFeed, valueAt)
    const value = decodePercent(this.#bytes, valueAt, end < 0 ? this.#bytes.length : end)
    return value === emptyMark ? '' : value
  }

  /** The event's own body, as text: the result of a background job. */
  body(): string {
    return this.#bytes.toString('utf8', Math.min(this.#end() + 2, this.#bytes.length))
  }

  #search(name: string): number {
    let needle = needles.get(name)
    if (needle === undefined) {
      needle = Buffer.from(`\n${name}: `, 'latin1')
      needles.set(name, needle)
    }
    if (startsWith(this.#bytes, needle)) {
      return needle.length - 1
    }
    const at = this.#bytes.indexOf(needle)
    return at < 0 || at >= this.#end() ? -1 : at + needle.length
  }

  /** Where the headers end: a body may hold lines that look like headers. */
  #end(): number {
    if (this.#headersEnd < 0) {
      const at = this.#bytes.indexOf('\n\n', 0, 'latin1')
      this.#headersEnd = at < 0 ? this.#bytes.length : at
    }
    return this.#headersEnd
  }

  #indexed(name: string): number {
    if (this.#index === undefined) {
      this.#index = indexHeaders(this.#bytes, this.#end())
    }
    return this.#index.get(name) ?? -1
  }
}

/** Whether the first line is the one that `needle` (with its leading line feed) seeks. */
function startsWith(bytes: Buffer, needle: Buffer): boolean {
  if (bytes.length < needle.length - 1) {
    return false
  }
  for (let i = 1; i < needle.length; i++) {
    if (bytes[i - 1] !== needle[i]) {
      return false
    }
  }
  return true
}

/** Name to where its value starts. */
function indexHeaders(bytes: Buffer, end: number): Map<string, number> {
  const index = new Map<string, number>()
  let line = 0
  while (line < end) {
    const next = bytes.indexOf(lineFeed, line)
    const lineEnd = next < 0 || next > end ? end : next
    const colon = bytes.indexOf(': ', line, 'latin1')
    if (colon >= 0 && colon < lineEnd) {
      const name = bytes.toString('latin1', line, colon)
      if (!index.has(name)) {
        index.set(name, colon + 2)
      }
    }
    line = lineEnd + 1
  }
  return index
}
