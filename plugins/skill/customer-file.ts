import { CsvError, parse } from 'csv-parse/sync'
import type { FactRecord } from './facts.ts'

/** The contents of a customer file. */
export interface CustomerFile {
  /** Facts by normalised number; of two lines with one number the later applies. */
  readonly customers: ReadonlyMap<string, FactRecord>
  /** Numbers of the first hundred bad lines, counted from 1. */
  readonly badLines: readonly number[]
  readonly badCount: number
}

interface ReadingOptions {
  /** The column that holds the number. */
  readonly number: string
  readonly delimiter: string
  /** The columns to keep; all others are dropped. */
  readonly wanted: ReadonlySet<string>
  readonly normalise: (number: string) => string
}

/** A parsed line; `fields` is undefined if parsing failed. */
interface Row {
  /** From 1. */
  readonly line: number
  readonly fields: readonly string[] | undefined
}

const maxBadLinesNamed = 100
const byteOrderMark = Buffer.from('\uFEFF')
const maxLineLength = 64 * 1024
/** Lines parsed at a stretch, about half a millisecond; other work of the process runs in between. */
const batchLines = 100

/**
 * Reads a customer file, one customer per line. Bad lines are skipped: those with a wrong
 * number of columns, without a number, or with a quote that does not end on the line
 * (so that it cannot swallow the lines after it).
 *
 * @throws TypeError stating what is wrong with the whole file, without quoting it
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
      if (badLines.length < maxBadLinesNamed) {
        badLines.push(line)
      }
      continue
    }
    const facts = Object.entries(values).filter(
      ([name, value]) => options.wanted.has(name) && value !== '',
    )
    // Thousands of customers may differ only in their number: they share one set of facts.
    const key = JSON.stringify(facts)
    const shared = alike.get(key) ?? Object.fromEntries(facts)
    alike.set(key, shared)
    customers.set(number, shared)
  }
  if (header === undefined) {
    throw new TypeError('is empty: the first line must name the columns')
  }
  return { customers, badLines, badCount }
}

function requireColumn(header: readonly string[], number: string): void {
  if (!header.includes(number)) {
    throw new TypeError(`the first line names no column "${number}"`)
  }
  if (new Set(header).size < header.length) {
    throw new TypeError('the first line names a column twice')
  }
}

/** Parses the lines that are not empty. */
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
  const usable = rows.filter(({ text }) => text.length <= maxLineLength)
  const all = parseText(usable.map(({ text }) => text).join('\n'), delimiter)
  // An unclosed quote swallowed other lines: parse each line by itself.
  const fields =
    all?.length === usable.length ? all : usable.map(({ text }) => parseText(text, delimiter)?.[0])
  const byLine = new Map(usable.map(({ line }, i) => [line, fields[i]]))
  return rows.map(({ line }) => ({ line, fields: byLine.get(line) }))
}

/** Undefined when the text is not valid CSV. */
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
