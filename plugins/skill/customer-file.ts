import { CsvError, parse } from 'csv-parse/sync'
import type { FactRecord } from './facts.ts'

/** What a file of customers held. */
export interface CustomerFile {
  /** Facts by normalised number; of two lines of one number the later counts. */
  readonly customers: ReadonlyMap<string, FactRecord>
  /** Lines that could not be used, counted from 1; the first hundred. */
  readonly badLines: readonly number[]
  readonly badCount: number
}

interface ReadingOptions {
  /** The column that holds the number. */
  readonly number: string
  readonly delimiter: string
  /** The columns that are wanted; all others are dropped. */
  readonly wanted: ReadonlySet<string>
  readonly normalise: (number: string) => string
}

/** A line as it was parsed; without fields when it could not be. */
interface Row {
  /** From 1. */
  readonly line: number
  readonly fields: readonly string[] | undefined
}

const mostBadLinesNamed = 100
const byteOrderMark = Buffer.from('\uFEFF')
const longestLine = 64 * 1024
/** Parsed at a stretch, half a millisecond: in between the other work of the process has its turn. */
const batchLines = 100

/**
 * Reads a file of customers, one a line. Lines that cannot be used are left out:
 * another number of columns, no number, a quotation that does not end in its line
 * (so that it does not swallow what follows).
 *
 * @throws TypeError saying what is wrong with the whole file, without quoting it
 */
export async function readCustomers(bytes: Buffer, options: ReadingOptions): Promise<CustomerFile> {
  const customers = new Map<string, FactRecord>()
  const alike = new Map<string, FactRecord>()
  const badLines: number[] = []
  let badCount = 0
  let header: readonly string[] | undefined

  for await (const { line, fields } of readRows(bytes, options.delimiter)) {
    if (header === undefined) {
      header = fields ?? []
      requireColumn(header, options.number)
      continue
    }
    const values = Object.fromEntries(header.map((name, i) => [name, fields?.[i] ?? '']))
    const number = options.normalise(values[options.number] ?? '')
    if (fields?.length !== header.length || number === '') {
      badCount += 1
      if (badLines.length < mostBadLinesNamed) {
        badLines.push(line)
      }
      continue
    }
    const facts = Object.entries(values).filter(
      ([name, value]) => options.wanted.has(name) && value !== '',
    )
    // Thousands of customers differ in number alone: they share what else is known.
    const key = JSON.stringify(facts)
    const shared = alike.get(key) ?? Object.fromEntries(facts)
    alike.set(key, shared)
    customers.set(number, shared)
  }
  if (header === undefined) {
    throw new TypeError('it is empty: its first line names the columns')
  }
  return { customers, badLines, badCount }
}

function requireColumn(header: readonly string[], number: string): void {
  if (!header.includes(number)) {
    throw new TypeError(`its first line names no column "${number}"`)
  }
  if (new Set(header).size < header.length) {
    throw new TypeError('its first line names a column twice')
  }
}

/** The lines that hold anything. */
async function* readRows(bytes: Buffer, delimiter: string): AsyncGenerator<Row> {
  let batch: string[] = []
  let first = 1
  for (const text of lines(bytes)) {
    batch.push(text)
    if (batch.length === batchLines) {
      yield* parseLines(batch, first, delimiter)
      first += batch.length
      batch = []
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  yield* parseLines(batch, first, delimiter)
}

function* lines(bytes: Buffer): Generator<string> {
  let start = bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  while (start < bytes.length) {
    const lineFeed = bytes.indexOf('\n', start)
    const end = lineFeed === -1 ? bytes.length : lineFeed
    yield bytes.toString('utf8', start, end).trim()
    start = end + 1
  }
}

function parseLines(batch: readonly string[], first: number, delimiter: string): readonly Row[] {
  const rows = batch.map((text, i) => ({ text, line: first + i })).filter(({ text }) => text !== '')
  const usable = rows.filter(({ text }) => text.length <= longestLine)
  const all = parseText(usable.map(({ text }) => text).join('\n'), delimiter)
  // A quotation that did not end in its line took others with it: then each is read by itself.
  const fields =
    all?.length === usable.length ? all : usable.map(({ text }) => parseText(text, delimiter)?.[0])
  const byLine = new Map(usable.map(({ line }, i) => [line, fields[i]]))
  return rows.map(({ line }) => ({ line, fields: byLine.get(line) }))
}

/** Undefined when it is no CSV. */
function parseText(text: string, delimiter: string): string[][] | undefined {
  try {
    return parse(text, { delimiter, record_delimiter: '\n', relax_column_count: true, trim: true })
  } catch (error) {
    if (error instanceof CsvError) {
      return undefined
    }
    throw error
  }
}
