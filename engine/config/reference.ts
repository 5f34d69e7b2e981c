import { configJsonSchema, type JsonSchema } from './json-schema.ts'
import { strategyTable } from './strategy-docs.ts'

/**
 * Replaces the generated parts of `docs/configuration.md`: the reference, made from the schema, and
 * the table of strategies, made from the core.
 *
 * @param document the file as it is; everything outside the marks is kept
 */
export function withReference(document: string): string {
  const tabled = withPart(document, 'strategies', `${strategyTable()}\n`)
  return withPart(tabled, 'reference', reference())
}

/** Replaces what stands between the marks of a generated part. */
function withPart(document: string, name: string, text: string): string {
  const opening = `<!-- ${name}: made by npm run docs -->`
  const start = document.indexOf(opening)
  const end = document.indexOf(`<!-- end of ${name} -->`)
  return `${document.slice(0, start)}${opening}\n\n${text}\n${document.slice(end)}`
}

function reference(): string {
  return sectionsOf('', configJsonSchema())
    .map(({ path, schema }) => `${heading(path)}\n\n${table(schema)}\n`)
    .join('\n')
}

interface Section {
  readonly path: string
  readonly schema: JsonSchema
}

/** Every map with fixed keys in the file, outermost first. */
function sectionsOf(path: string, schema: JsonSchema): Section[] {
  const { properties, additionalProperties, propertyNames, items, anyOf } = schema
  if (anyOf !== undefined) {
    return anyOf.flatMap((branch) => sectionsOf(path, branch))
  }
  if (items !== undefined) {
    return sectionsOf(`${path}[]`, items)
  }
  if (typeof additionalProperties === 'object') {
    return sectionsOf(`${path}.<${propertyNames?.title}>`, additionalProperties)
  }
  if (properties === undefined || isSecret(schema)) {
    return []
  }
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([key, part]) =>
      sectionsOf(path === '' ? key : `${path}.${key}`, part),
    ),
  ]
}

function heading(path: string): string {
  return path === '' ? '### The file' : `### \`${path}\``
}

function table({ properties = {}, required = [] }: JsonSchema): string {
  return [
    '| key | type | default | meaning | example |',
    '|---|---|---|---|---|',
    ...Object.entries(properties).map(([key, part]) =>
      row(
        `\`${key}\``,
        typeOf(part),
        required.includes(key) ? '**required**' : defaultOf(part),
        part.description ?? '',
        exampleOf(part),
      ),
    ),
  ].join('\n')
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function typeOf({ title, enum: words, items, additionalProperties, propertyNames }: JsonSchema) {
  if (words !== undefined) {
    return words.map((word) => `\`${word}\``).join(', ')
  }
  if (items !== undefined) {
    return 'list'
  }
  if (typeof additionalProperties === 'object') {
    return `map by ${propertyNames?.title}`
  }
  return title ?? 'map'
}

function defaultOf({ default: value }: JsonSchema): string {
  return value === undefined ? '' : `\`${yamlOf(value)}\``
}

/** The default is an example too, and the best one; an empty map or list is not. */
function exampleOf(part: JsonSchema): string {
  return typeof part.default === 'object' || part.default === undefined || part.anyOf !== undefined
    ? part.example === undefined
      ? defaultOf(part)
      : `\`${part.example}\``
    : defaultOf(part)
}

/** A default as it would be written in the file. */
function yamlOf(value: unknown): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.startsWith('#') ? `'${text}'` : text
}

function isSecret({ title }: JsonSchema): boolean {
  return title === 'secret reference'
}
