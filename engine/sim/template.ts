import { type ByteString, type Format, json, plain } from './wire-text.ts'

/** A header and its value, in which `{field}` stands for a field of the channel. */
export type HeaderTemplate = readonly (readonly [name: string, value: string])[]

/** The fields a template may name, and their values for one channel. */
export type Fields = Readonly<Record<string, ByteString>>

/** Headers cut into pieces beforehand, so that a rendering only joins strings. */
export interface Template {
  /** The headers of one channel, as one flat string. */
  render(fields: Fields, format: Format): string
  /** The value of one header of the template, or undefined when it has none of that name. */
  value(name: string, fields: Fields): ByteString | undefined
  readonly names: readonly string[]
}

interface Pieces {
  readonly literals: readonly string[]
  readonly fields: readonly string[]
}

const placeholder = /\{(\w+)\}/g

/** Prepares `headers`, each name with `prefix` before it, for both formats. */
export function createTemplate(headers: HeaderTemplate, prefix = ''): Template {
  const values = new Map(headers.map(([name, value]) => [prefix + name, value]))
  const prepared = { plain: cut(headers, prefix, plain), json: cut(headers, prefix, json) }
  return {
    names: [...values.keys()],
    render(fields, format) {
      const { literals, fields: names } = prepared[format.name]
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
  // The format encodes braces, so the places are kept by characters that neither format touches.
  const marked = headers
    .map(([name, value]) => format.header(prefix + name, value.replace(placeholder, '~~$1~~')))
    .join('')
  const parts = marked.split('~~')
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    fields: parts.filter((_, index) => index % 2 === 1),
  }
}
