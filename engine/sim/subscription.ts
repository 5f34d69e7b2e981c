import { headerOf } from './event-header.ts'
import { eventKinds, silentEvents } from './event-kinds.ts'
import type { EventContent } from './event-text.ts'
import { type ByteString, type Format, json, plain } from './wire-text.ts'

const formats: Readonly<Record<string, Format>> = { plain, json }

interface Filter {
  readonly header: string
  readonly value: ByteString
  /** Set when the value was written as `/PATTERN/`. */
  readonly pattern: RegExp | undefined
}

/** The events a client receives and their format: `event`, `nixevent`, `noevents` and `filter`. */
export class Subscription {
  format: Format = plain
  readonly #names = new Set<string>()
  #filters: readonly Filter[] = []

  /** Whether the event is subscribed and passes at least one filter, if there are any. `text` renders it as plain text. */
  wants(content: EventContent, text: () => string): boolean {
    if (!this.#names.has(content.name)) return false
    if (this.#filters.length === 0) return true
    return this.#filters.some(({ header, value, pattern }) => {
      const actual = headerOf(content, header, text)
      return pattern ? actual !== undefined && pattern.test(actual) : actual === value
    })
  }

  /** `event [plain|json] NAMES`: adds to the subscription. The format applies to all events. */
  add(words: readonly string[]): string {
    const [first = '', ...others] = words
    const format = formats[first.toLowerCase()]
    if (format) this.format = format
    let known = 0
    let isCustom = false
    for (const word of format ? others : words) {
      const name = word.toUpperCase()
      if (name === 'ALL') for (const each of Object.keys(eventKinds)) this.#names.add(each)
      else if (isKnown(name)) this.#names.add(name)
      else if (!isCustom) continue
      isCustom ||= name === 'CUSTOM'
      known++
    }
    return known > 0
      ? `+OK event listener enabled ${this.format.name}`
      : '-ERR no keywords supplied'
  }

  /** `nixevent NAMES`. */
  remove(words: readonly string[]): string {
    let known = 0
    for (const word of words) {
      const name = word.toUpperCase()
      if (name === 'ALL') this.#names.clear()
      else if (isKnown(name)) this.#names.delete(name)
      else continue
      known++
    }
    return known > 0 ? '+OK events nixed' : '-ERR no keywords supplied'
  }

  /** `noevents`. */
  clear(): string {
    const wasListening = this.#names.size > 0
    this.#names.clear()
    return wasListening ? '+OK no longer listening for events' : '-ERR not listening for events'
  }

  /** `filter HEADER VALUE` and `filter delete HEADER [VALUE]`. */
  filter(text: ByteString): string {
    const isDeletion = /^delete /i.test(text)
    const [header = '', ...words] = (isDeletion ? text.slice(7) : text).split(' ')
    const value = words.join(' ')
    if (isDeletion) {
      const isMeant = (filter: Filter): boolean =>
        header === 'all' || (filter.header === header && (value === '' || filter.value === value))
      this.#filters = this.#filters.filter((filter) => !isMeant(filter))
      return `+OK filter deleted. [${header}][${value}]`
    }
    if (value === '') return '-ERR invalid syntax'
    const pattern = /^\/(.*?)\/?$/.exec(value)?.[1]
    this.#filters = [
      ...this.#filters,
      { header, value, pattern: pattern === undefined ? undefined : new RegExp(pattern) },
    ]
    return `+OK filter added. [${header}]=[${value}]`
  }
}

function isKnown(name: string): boolean {
  return name in eventKinds || silentEvents.has(name)
}
