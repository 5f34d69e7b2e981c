import { Readable } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
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

/** A line as it was parsed, and the line of the file it ended on. */
interface Row {
  readonly record: readonly string[]
  readonly line: number
}

const longestRecord = 64 * 1024
/** Small enough that between two of them the other work of the process has its turn. */
const chunkBytes = 16 * 1024
const mostBadLinesNamed = 100
/** So often a broken quotation is stepped over; more of them are no file of customers. */
const mostRestarts = 1_000
const lineFeed = 0x0a

/**
 * Reads a file of customers. Lines that cannot be used are left out: another
 * number of columns, no number, a broken quotation (which ends with its line,
 * so that it does not swallow what follows).
 *
 * @throws TypeError saying what is wrong with the whole file, without quoting it
 */
export async function readCustomers(bytes: Buffer, options: ReadingOptions): Promise<CustomerFile> {
  const customers = new Map<string, FactRecord>()
  const alike = new Map<string, FactRecord>()
  const badLines: number[] = []
  let badCount = 0
  let header: readonly string[] | undefined

  function refuse(line: number): void {
    badCount += 1
    if (badLines.length < mostBadLinesNamed) {
      badLines.push(line)
    }
  }

  for await (const row of readRows(bytes, options.delimiter, refuse)) {
    if (header === undefined) {
      header = row.record
      requireColumn(header, options.number)
      continue
    }
    const fields = Object.fromEntries(header.map((name, i) => [name, row.record[i] ?? '']))
    const number = options.normalise(fields[options.number] ?? '')
    if (row.record.length !== header.length || number === '') {
      refuse(row.line)
      continue
    }
    const facts = Object.entries(fields).filter(
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
  return { customers, badLines: badLines.toSorted((a, b) => a - b), badCount }
}

function requireColumn(header: readonly string[], number: string): void {
  if (!header.includes(number)) {
    throw new TypeError(`its first line names no column "${number}"`)
  }
  if (new Set(header).size < header.length) {
    throw new TypeError('its first line names a column twice')
  }
}

async function* readRows(
  bytes: Buffer,
  delimiter: string,
  refuse: (line: number) => void,
): AsyncGenerator<Row> {
  let start = { offset: 0, line: 0 }
  for (let restarts = 0; restarts <= mostRestarts; restarts += 1) {
    let last = start.line
    let isBroken = false
    const parser = parse({
      bom: true,
      delimiter,
      info: true,
      max_record_size: longestRecord,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    })
    Readable.from(chunksFrom(bytes, start.offset)).pipe(parser)
    try {
      for await (const { record, info } of parser) {
        last = start.line + info.lines
        yield { record, line: last }
      }
    } catch (error) {
      if (!isParsingFault(error)) {
        throw error
      }
      isBroken = true
    }
    if (!isBroken) {
      return
    }
    const broken = nextLine(bytes, start, last)
    refuse(broken.line + 1)
    start = nextLine(bytes, broken, broken.line + 1)
  }
  throw new TypeError('its quotation marks are broken in too many lines')
}

function isParsingFault(error: unknown): boolean {
  return error instanceof Error && String((error as Partial<CsvError>).code).startsWith('CSV_')
}

/** Goes on from the start of one line to where so many lines of the file are over, and blank ones. */
function nextLine(
  bytes: Buffer,
  from: { readonly offset: number; readonly line: number },
  line: number,
): { readonly offset: number; readonly line: number } {
  let at = from
  while (at.line < line || isBlank(bytes, at.offset)) {
    const end = bytes.indexOf(lineFeed, at.offset)
    at = { offset: end === -1 ? bytes.length : end + 1, line: at.line + 1 }
  }
  return at
}

function isBlank(bytes: Buffer, offset: number): boolean {
  const end = bytes.indexOf(lineFeed, offset)
  return end !== -1 && bytes.subarray(offset, end).toString().trim() === ''
}

function* chunksFrom(bytes: Buffer, offset: number): Generator<Buffer> {
  for (let at = offset; at < bytes.length; at += chunkBytes) {
    yield bytes.subarray(at, at + chunkBytes)
  }
}
