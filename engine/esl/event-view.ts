import { decodePercent } from './percent.ts'

/** Headers by name: those of an event, or of a channel's dump. */
export interface Headers {
  /** The value, decoded; undefined when there is no such header, '' when it is empty. */
  get(name: string): string | undefined
}

const lineFeed = 0x0a
const indexAfterReads = 24
/** The value that `event plain` writes for an empty header (switch_event.c, switch_event_serialize). */
const emptyMark = '_undef_'

/** `\nNAME: ` as bytes, made once for each name that is read. */
const needles = new Map<string, Buffer>()

/**
 * An event in `event plain` form, read from its bytes on demand: a header that
 * is not read costs nothing.
 *
 * It is a view over the reader's memory and valid only until the listener
 * returns; the strings it returns may be kept.
 */
export class EventView implements Headers {
  readonly #bytes: Buffer
  #headersEnd = -1
  #reads = 0
  #index: Map<string, number> | undefined

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The first header of that name. The first reads cost about 0.5 us each; later ones use an index. */
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

  /** Where the headers end: a body may contain lines that look like headers. */
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

/** Whether the first line starts with `needle`, without the line feed at its start. */
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

/** Maps each header's name to the offset of its value. */
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
