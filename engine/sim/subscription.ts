import { type EventName, eventKinds, silentEvents } from './event-kinds.ts'
import { type ByteString, type Format, json, plain } from './wire-text.ts'

const formats: Readonly<Record<string, Format>> = { plain, json }

/** Which events a client gets, and how: `event`, `nixevent`, `noevents` and `filter`. */
export class Subscription {
  format: Format = plain
  readonly #names = new Set<string>()
  #filters: readonly { readonly header: string; readonly value: string }[] = []

  wants(name: EventName): boolean {
    return this.#names.has(name)
  }

  get isFiltered(): boolean {
    return this.#filters.length > 0
  }

  /** An event passes when any filter lets it. `text` is its plain text. */
  passes(text: ByteString): boolean {
    const lines = text.split('\n')
    return this.#filters.some(({ header, value }) => {
      if (!value.startsWith('/')) return lines.includes(plain.header(header, value).slice(0, -1))
      const line = lines.find((candidate) => candidate.startsWith(`${header}: `))
      if (line === undefined) return false
      const pattern = new RegExp(value.slice(1).replace(/\/$/, ''))
      return pattern.test(decodeURIComponent(line.slice(header.length + 2)))
    })
  }

  /** `event [plain|json] NAMES`: adds to what is subscribed; the format holds for all. */
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
      const isMeant = (filter: { header: string; value: string }): boolean =>
        header === 'all' || (filter.header === header && (value === '' || filter.value === value))
      this.#filters = this.#filters.filter((filter) => !isMeant(filter))
      return `+OK filter deleted. [${header}][${value}]`
    }
    if (value === '') return '-ERR invalid syntax'
    this.#filters = [...this.#filters, { header, value }]
    return `+OK filter added. [${header}]=[${value}]`
  }
}

function isKnown(name: string): boolean {
  return name in eventKinds || silentEvents.has(name)
}
