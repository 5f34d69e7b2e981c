import { parseXml, XmlElement, XmlError } from '@rgrove/parse-xml'
import type { Journal, Place } from './journal.ts'
import type { Preprocessed } from './preprocess.ts'

/** An element of the XML, and the line it starts on. */
export interface Element {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly Element[]
  readonly place: Place
}

/**
 * Parses preprocessed XML. A DOCTYPE is a fault, so declared entities are never expanded.
 *
 * @returns an element around the whole text, or `undefined` after a fault
 */
export function parseElements(source: Preprocessed, journal: Journal): Element | undefined {
  // An included file may have several elements side by side.
  const text = `<all>${source.text}</all>`
  try {
    const { root } = parseXml(text, { includeOffsets: true })
    return root === null ? undefined : toElement(root, lineReader(text), source)
  } catch (error) {
    if (error instanceof XmlError) {
      journal.add('fault', source.placeOf(error.line), '', ...explain(error, text))
      return undefined
    }
    if (error instanceof RangeError) {
      journal.add(
        'fault',
        source.placeOf(1),
        '',
        'the XML is nested too deeply',
        'look for a tag that is not closed',
      )
      return undefined
    }
    throw error
  }
}

/** Explains a fault without the text around it, which may contain a password. */
function explain(error: XmlError, text: string): readonly [string, string] {
  if (/^<!DOCTYPE/i.test(text.slice(error.pos, error.pos + 9))) {
    return ['a DOCTYPE is not allowed', 'remove it, and write out the entities it declares']
  }
  const [reason = ''] = error.message.split(/ \(line \d|\n/)
  const message = `not well-formed XML: ${reason.replace(/&[^;]*;/, '&…;')}`
  return /reference|entity/i.test(reason)
    ? [message, 'write & as &amp; and < as &lt; (FreeSWITCH understands that too)']
    : [message, 'check this line and the ones before it']
}

function toElement(
  node: XmlElement,
  lineAt: (offset: number) => number,
  source: Preprocessed,
): Element {
  return {
    name: node.name,
    attributes: new Map(Object.entries(node.attributes)),
    place: source.placeOf(lineAt(node.start)),
    children: node.children
      .filter((child) => child instanceof XmlElement)
      .map((child) => toElement(child, lineAt, source)),
  }
}

/** Finds the line of an offset. Offsets must not decrease from call to call. */
function lineReader(text: string): (offset: number) => number {
  let line = 1
  let at = 0
  return (offset) => {
    for (let feed = text.indexOf('\n', at); feed >= 0 && feed < offset; ) {
      line++
      at = feed + 1
      feed = text.indexOf('\n', at)
    }
    return line
  }
}
