import type { FileReader } from './file-reader.ts'
import { type ImportOptions, importCallcenter } from './import-callcenter.ts'

/** The imported file of the tests. All files of the tests exist only in memory. */
export const path = '/etc/freeswitch/callcenter.conf.xml'

/** A reader that knows only the given files. */
export function memoryReader(files: Readonly<Record<string, string>>): FileReader {
  return {
    read(file) {
      const text = files[file]
      if (text === undefined) {
        throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      }
      return text
    },
    list: (directory) =>
      Object.keys(files)
        .filter((file) => file.startsWith(`${directory}/`))
        .map((file) => file.slice(directory.length + 1)),
  }
}

const usual: ImportOptions = { tenant: 'acme', variables: new Map() }

/** Imports `text`, which may include `files`. */
export function importText(
  text: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<ImportOptions> = {},
) {
  return importCallcenter(path, memoryReader({ ...files, [path]: text }), { ...usual, ...options })
}

/** Builds a configuration from these parts. The queues are on line 1. */
export function callcenter(queues: string, agents = '', tiers = '', settings = ''): string {
  return `<configuration name="callcenter.conf"><queues>${queues}</queues>
<agents>${agents}</agents>
<tiers>${tiers}</tiers>
<settings>${settings}</settings></configuration>`
}

/** Builds a queue with these parameters. */
export function queue(params: Readonly<Record<string, string>>, name = 'sales'): string {
  const lines = Object.entries(params).map(
    ([key, value]) => `<param name="${key}" value="${attribute(value)}"/>`,
  )
  return `<queue name="${attribute(name)}">${lines.join('')}</queue>`
}

/** Builds an element without children. */
export function element(tag: string, attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`)
  return `<${tag}${pairs.join('')}/>`
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** `${name}`, as FreeSWITCH writes a variable. */
export function variable(name: string): string {
  return `$\{${name}}`
}
