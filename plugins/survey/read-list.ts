import { parse } from 'csv-parse/sync'
import {
  comparableNumber,
  isTimeZone,
  type NumberPlan,
  normaliseNumber,
} from '../../engine/plugin/index.ts'

/** What is wrong with a line. */
export type LineFault = 'number' | 'columns' | 'quotes' | 'timeZone'

/** A customer of a list. */
export interface Listed {
  readonly number: string
  readonly language?: string
  readonly timeZone?: string
  /** The other columns, for the flow. */
  readonly values: Readonly<Record<string, string>>
}

/** The contents of a list. Faults are reported by line number, never by content. */
export interface CustomerList {
  /** By the key of the number, in the order of the file. */
  readonly customers: ReadonlyMap<string, Listed>
  readonly faults: readonly { readonly line: number; readonly fault: LineFault }[]
  readonly duplicates: number
  readonly doNotCall: number
  /** Columns, from 1, whose header is not a valid variable name; they are skipped. */
  readonly namelessColumns: readonly number[]
}

const separators = [',', ';', '\t']

/**
 * Reads a list of customers. Each line is one customer, so an unclosed quote spoils
 * only its own line.
 *
 * @param keyOf returns the key of a number
 * @param forbidden keys of numbers that are not to be called
 * @throws TypeError when the header has no column `number`
 */
export function readCustomers(
  text: string,
  numbers: NumberPlan,
  keyOf: (number: string) => string,
  forbidden: ReadonlySet<string>,
): CustomerList {
  const { columns, lines, separator } = readHeading(text)
  const customers = new Map<string, Listed>()
  const faults: { line: number; fault: LineFault }[] = []
  let duplicates = 0
  let doNotCall = 0
  for (const [index, line] of lines.entries()) {
    const read = line.trim() === '' ? undefined : readLine(line, separator, columns, numbers)
    if (typeof read === 'string') {
      faults.push({ line: index + 2, fault: read })
    } else if (read !== undefined) {
      const key = keyOf(read.number)
      if (forbidden.has(key)) {
        doNotCall += 1
      } else if (customers.has(key)) {
        duplicates += 1
      } else {
        customers.set(key, read)
      }
    }
  }
  const namelessColumns = columns.flatMap((name, index) => (isVariable(name) ? [] : [index + 1]))
  return { customers, faults, duplicates, doNotCall, namelessColumns }
}

/** Reads the keys of a list of numbers. @throws TypeError when the header has no column `number` */
export function readNumbers(
  text: string,
  numbers: NumberPlan,
  keyOf: (number: string) => string,
): ReadonlySet<string> {
  return new Set(readCustomers(text, numbers, keyOf, new Set()).customers.keys())
}

function readHeading(text: string) {
  const [heading = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const separator =
    separators.toSorted((a, b) => heading.split(b).length - heading.split(a).length)[0] ?? ','
  const columns = (readCells(heading, separator) ?? []).map((name) => name.trim())
  if (!columns.includes('number')) {
    throw new TypeError('the first line names no column "number"')
  }
  return { columns, lines, separator }
}

function readLine(
  line: string,
  separator: string,
  columns: readonly string[],
  numbers: NumberPlan,
): Listed | LineFault {
  const cells = readCells(line, separator)
  if (cells === undefined) {
    return 'quotes'
  }
  if (cells.length !== columns.length) {
    return 'columns'
  }
  const byName = new Map(columns.map((name, index) => [name, (cells[index] ?? '').trim()]))
  const number = readNumber(byName.get('number') ?? '', numbers)
  if (number === undefined) {
    return 'number'
  }
  const { language = '', timeZone = '' } = Object.fromEntries(byName)
  if (timeZone !== '' && !isTimeZone(timeZone)) {
    return 'timeZone'
  }
  const values = [...byName].filter(
    ([name]) => !['number', 'language', 'timeZone'].includes(name) && isVariable(name),
  )
  return {
    number,
    values: Object.fromEntries(values),
    ...(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/.test(language) && { language }),
    ...(timeZone !== '' && { timeZone }),
  }
}

/** If the country code is known, accepts full numbers only, so that a list cannot dial extensions or emergency numbers. */
function readNumber(raw: string, numbers: NumberPlan): string | undefined {
  if (numbers.countryCode !== undefined) {
    return normaliseNumber(raw, numbers)
  }
  const number = comparableNumber(raw, numbers)
  return number !== undefined && number.length >= 3 ? number : undefined
}

function readCells(line: string, separator: string): readonly string[] | undefined {
  try {
    return parse(line, { delimiter: separator, relax_column_count: true })[0] ?? []
  } catch {
    return undefined
  }
}

function isVariable(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(name)
}
