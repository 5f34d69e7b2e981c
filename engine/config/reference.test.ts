import { readFileSync } from 'node:fs'
import t from 'tap'
import { z } from 'zod'
import { repositoryFile } from '../rigs/repository-file.ts'
import { readDocument } from '../yaml/document.ts'
import { fileSchema } from './file.ts'

interface Row {
  /** For example `tenants.<tenant>.queues.<queue>`; empty for the file. */
  readonly section: string
  readonly key: string
  /** As YAML; empty for none. */
  readonly standard: string
  readonly example: string
}

/** The rows of the reference, read from the document as a reader sees it. */
function readRows(): readonly Row[] {
  const document = readFileSync(repositoryFile('docs/configuration.md'), 'utf8')
  const reference = document.slice(document.indexOf('<!-- reference'))
  const rows: Row[] = []
  let section = ''
  for (const line of reference.split('\n')) {
    const [, heading] = /^### (?:`(.*)`|.*)$/.exec(line) ?? []
    section = line.startsWith('### ') ? (heading ?? '') : section
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
    const [, key = '', , standard = '', , example = ''] = cells
    if (key.startsWith('`')) {
      rows.push({
        section,
        key: withoutMarks(key),
        standard: standard.startsWith('`') ? withoutMarks(standard) : '',
        example: withoutMarks(example),
      })
    }
  }
  return rows
}

function withoutMarks(cell: string): string {
  return cell.replace(/^`|`$/g, '')
}

/** The schema of the value at a key of a section. */
function schemaAt({ section, key }: Row): z.ZodType {
  const names = section
    .replaceAll('[]', '.[]')
    .split('.')
    .filter((name) => name !== '')
  return [...names, key].reduce<z.ZodType>((schema, name) => inner(schema, name), fileSchema)
}

function inner(schema: z.ZodType, name: string): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return inner(schema.unwrap() as z.ZodType, name)
  }
  if (schema instanceof z.ZodArray && name === '[]') {
    return schema.element as z.ZodType
  }
  if (schema instanceof z.ZodRecord && name.startsWith('<')) {
    return schema.valueType as z.ZodType
  }
  if (schema instanceof z.ZodUnion) {
    const branch = schema.options.find(
      (option) => option instanceof (name === '[]' ? z.ZodArray : z.ZodObject),
    )
    return inner(branch as z.ZodType, name)
  }
  const found = schema instanceof z.ZodObject ? schema.shape[name] : undefined
  if (found === undefined) {
    throw new Error(`no ${name} in ${schema.type}`)
  }
  return found as z.ZodType
}

/** What the file would hold there. */
function rawOf(yaml: string): unknown {
  const { raw, isReadable } = readDocument(`key: ${yaml}\n`)
  return isReadable && typeof raw === 'object' && 'key' in raw ? raw['key'] : `unreadable: ${yaml}`
}

const rows = readRows()

t.test('every key has an example, and accepts it', async (t) => {
  t.ok(rows.length > 100)
  const refused = rows.flatMap((row) => {
    const { error } = schemaAt(row).safeParse(rawOf(row.example))
    return row.example !== '' && error === undefined
      ? []
      : [`${row.section}.${row.key}: ${row.example}: ${error?.issues[0]?.message ?? 'none'}`]
  })
  t.strictSame(refused, [])
})

t.test('what is shown as the default is what an absent key gives', async (t) => {
  const withDefault = rows.filter(({ standard }) => standard !== '')
  t.ok(withDefault.length > 40)
  for (const row of withDefault) {
    const schema = schemaAt(row)
    const name = `${row.section}.${row.key}`
    t.strictSame(schema.parse(rawOf(row.standard)), schema.parse(undefined), name)
  }
})

t.test('a key that shows no default gives nothing when it is absent', async (t) => {
  for (const row of rows.filter(({ standard }) => standard === '')) {
    const absent = schemaAt(row).safeParse(undefined)
    t.equal(absent.data, undefined, `${row.section}.${row.key}`)
  }
})
