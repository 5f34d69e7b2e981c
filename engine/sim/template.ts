import { type ByteString, type Format, json, plain } from './wire-text.ts'

/** Headers and their values, in which `{field}` stands for a field of the channel. */
export type HeaderTemplate = readonly (readonly [name: string, value: string])[]

/** The fields a template may name, and their values for one channel. */
export type Fields = Readonly<Record<string, ByteString>>

/**
 * Headers prepared for both formats. Headers that are the same for all channels come
 * first, as one shared text. Only the others are rendered for each channel.
 */
export interface Template {
  readonly shared: Readonly<Record<Format['name'], string>>
  /** Renders the headers that differ between channels, as one flat string. */
  render(fields: Fields, format: Format): string
  /** The value of one header, or undefined when the template does not have it. */
  value(name: string, fields: Fields): ByteString | undefined
}

interface Pieces {
  readonly literals: readonly string[]
  readonly fields: readonly string[]
}

const placeholder = /\{(\w+)\}/g

/** Prepares `headers`, with `prefix` before each name. */
export function createTemplate(headers: HeaderTemplate, prefix = ''): Template {
  const values = new Map(headers.map(([name, value]) => [prefix + name, value]))
  const varies = ([, value]: HeaderTemplate[number]): boolean => value.search(placeholder) >= 0
  const differing = headers.filter((header) => varies(header))
  const shared = (format: Format): string =>
    headers
      .filter((header) => !varies(header))
      .map(([name, value]) => format.header(prefix + name, value))
      .join('')
  const cuts = { plain: cut(differing, prefix, plain), json: cut(differing, prefix, json) }
  return {
    shared: { plain: shared(plain), json: shared(json) },
    render(fields, format) {
      const { literals, fields: names } = cuts[format.name]
      const out = [literals[0] as string]
      for (let i = 0; i < names.length; i++) {
        out.push(format.encode(fields[names[i] as string] ?? ''), literals[i + 1] as string)
      }
      return out.join('')
    },
    value: (name, fields) =>
      values.get(name)?.replace(placeholder, (_, field: string) => fields[field] ?? ''),
  }
}

function cut(headers: HeaderTemplate, prefix: string, format: Format): Pieces {
  // The formats encode braces, so placeholders are marked by characters that neither format touches.
  const marked = headers
    .map(([name, value]) => format.header(prefix + name, value.replace(placeholder, '~~$1~~')))
    .join('')
  const parts = marked.split('~~')
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    fields: parts.filter((_, index) => index % 2 === 1),
  }
}
