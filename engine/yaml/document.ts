import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { type Fault, type Path, pathText, withoutByteOrderMark } from './fault.ts'
import { syntaxCure } from './syntax-cure.ts'

/** A value of the file before any conversion: every scalar is text. */
export type Raw = string | readonly Raw[] | RawMap
export interface RawMap {
  readonly [key: string]: Raw
}

/** Reports what is wrong at a place in the file. */
export type Report = (
  path: Path,
  message: string,
  cure: string,
  options?: { readonly severity?: Fault['severity']; readonly at?: 'key' | 'value' },
) => void

/** A file as a tree of text, with the place of each part. */
export interface ConfigDocument {
  readonly raw: Raw
  /** False when the syntax is so broken that `raw` is of no use. */
  readonly isReadable: boolean
  /** Everything reported so far, in the order of the file. */
  faults(): readonly Fault[]
  readonly report: Report
  /** Whether the text at this path is written without quotes. */
  isPlain(path: Path): boolean
}

/** A deeper or larger tree comes from mistaken or hostile aliases. */
const maxDepth = 40
const maxNodes = 200_000

type Add = (offset: number, fault: Omit<Fault, 'line' | 'column'>) => void

interface Place {
  readonly key: number
  readonly value: number
}

/** Reads YAML 1.2 with every scalar as text, so that `+49301` and `0301` stay as written. */
export function readDocument(text: string): ConfigDocument {
  const lines = new LineCounter()
  const yaml = parseDocument(withoutByteOrderMark(text), {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    // Checked below, where the path is known.
    uniqueKeys: false,
  })
  const places = new Map<string, Place>()
  const plain = new Set<string>()
  const faults = new Map<string, Fault>()

  const add: Add = (offset, fault) => {
    const { line, col } = lines.linePos(offset)
    const placed = { ...fault, line: Math.max(line, 1), column: Math.max(col, 1) }
    faults.set(`${placed.line}:${placed.column}:${placed.path}:${placed.message}`, placed)
  }
  const report: Report = (path, message, cure, { severity = 'error', at } = {}) => {
    const place = findPlace(places, path)
    add(at === 'key' ? place.key : place.value, { severity, path: pathText(path), message, cure })
  }

  for (const error of [...yaml.errors, ...yaml.warnings]) {
    add(error.pos[0], { severity: 'error', path: '', ...syntaxCure(error.code) })
  }
  const isReadable = yaml.errors.length === 0
  const raw = isReadable ? readTree(yaml, { places, plain, report, add }) : ''

  return {
    raw,
    isReadable,
    report,
    isPlain: (path) => plain.has(JSON.stringify(path)),
    faults: () => [...faults.values()].sort((a, b) => a.line - b.line || a.column - b.column),
  }
}

/** The place of `path`, or of the longest part of it that is in the file. */
function findPlace(places: ReadonlyMap<string, Place>, path: Path): Place {
  for (let length = path.length; length >= 0; length--) {
    const place = places.get(JSON.stringify(path.slice(0, length)))
    if (place !== undefined) {
      // A value that is missing is missing from a section: point at the name of the section.
      return length === path.length ? place : { key: place.key, value: place.key }
    }
  }
  return { key: 0, value: 0 }
}

function readTree(
  yaml: Document,
  {
    places,
    plain,
    report,
    add,
  }: { places: Map<string, Place>; plain: Set<string>; report: Report; add: Add },
): Raw {
  let nodes = 0

  function read(node: unknown, path: Path, key: number): Raw {
    const offset = offsetOf(node) ?? key
    if (isAlias(node)) {
      places.set(JSON.stringify(path), { key, value: offset })
      const target = node.resolve(yaml)
      if (target === undefined) {
        report(
          path,
          'this alias has no anchor above it',
          'define the anchor (&name) before the alias (*name), or quote the value',
        )
        return ''
      }
      return read(target, path, key)
    }
    const isText = !isMap(node) && !isSeq(node)
    // The place of an alias is where it is used, not where its anchor is.
    if (!places.has(JSON.stringify(path))) {
      places.set(JSON.stringify(path), { key, value: isText ? offset : key })
    }
    if (isScalar(node) && node.type === 'PLAIN') {
      plain.add(JSON.stringify(path))
    }
    nodes++
    if (path.length > maxDepth || nodes > maxNodes) {
      report(
        path,
        'the file is nested too deeply or is too large',
        'look for an alias inside its anchor',
      )
      return ''
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => read(item, [...path, index], offsetOf(item) ?? offset))
    }
    return isMap(node) ? readMap(node.items, path, key) : textOf(node)
  }

  const addHere = (offset: number, path: Path, message: string, cure: string) => {
    add(offset, { severity: 'error', path: pathText(path), message, cure })
  }

  function readMap(
    items: readonly { key: unknown; value: unknown }[],
    path: Path,
    key: number,
  ): RawMap {
    // No prototype: a key in the file must never be taken for a property of Object.
    const map: Record<string, Raw> = Object.create(null)
    for (const item of items) {
      const name = isScalar(item.key) ? textOf(item.key) : undefined
      const offset = offsetOf(item.key) ?? key
      if (name === undefined || name === '__proto__') {
        addHere(offset, path, 'this key is not a plain name', 'write the key as plain text')
      } else if (name in map) {
        addHere(
          offset,
          [...path, name],
          'this key appears twice',
          'remove one of the two, or rename it',
        )
      } else {
        map[name] = read(item.value, [...path, name], offset)
      }
    }
    return map
  }

  return read(yaml.contents, [], 0)
}

function textOf(node: unknown): string {
  return isScalar(node) && typeof node.value === 'string' ? node.value : ''
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined
}
