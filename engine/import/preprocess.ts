import { type FileReader, findIncluded } from './file-reader.ts'
import { type Journal, type Place, quote } from './journal.ts'

/** The text that FreeSWITCH would parse, and the source of each line. */
export interface Preprocessed {
  readonly text: string
  /** The place of a line of `text`, from 1. */
  placeOf(line: number): Place
}

/** Limits of the expansion. More than this is a mistake or an attack. */
const maxCharacters = 8 * 2 ** 20
const maxFiles = 1_000
const maxDepth = 20

const directives =
  /<X-PRE-PROCESS\b(?<attributes>[^>]*?)\/?>(?:\s*<\/X-PRE-PROCESS\s*>)?|<!--#(?<command>[\w-]+)\s+"?(?<data>[^">]*)"?\s*-->/gi
const fromLog = 'import log/freeswitch.xml.fsxml instead, which the running FreeSWITCH has written'

/**
 * Preprocesses XML as FreeSWITCH does (switch_xml.c): follows includes, applies `set`, expands
 * `$${name}`. It runs no command and asks no server. Unset names stay as they are.
 *
 * @param variables values of `$${name}`, which override those set in files
 */
export function preprocess(
  path: string,
  reader: FileReader,
  variables: ReadonlyMap<string, string>,
  journal: Journal,
): Preprocessed {
  const lines: string[] = []
  const places: Place[] = []
  const known = new Map(variables)
  const open: string[] = []
  let files = 0
  let characters = 0

  const isFull = () => characters > maxCharacters || files > maxFiles

  function emit(text: string, place: Place): void {
    lines.push(withoutFrame(text))
    places.push(place)
  }

  function fillIn(line: string): string {
    characters += line.length + 1
    return line.replaceAll(/\$\$\{([^{}]*)\}/g, (whole, name: string) => {
      const value = known.get(name)
      characters += value?.length ?? 0
      return value === undefined || isFull() ? whole : escapeXml(value)
    })
  }

  function readFile(file: string, from: Place, isComment: boolean): void {
    if (open.includes(file) || open.length > maxDepth) {
      const message = `the include of ${quote(file)} is circular or nested too deeply`
      journal.add('fault', from, '', message, 'remove the include')
      return
    }
    files++
    if (isFull()) {
      return
    }
    let text: string
    try {
      text = reader.read(file)
    } catch (error) {
      if (!isComment) {
        const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
        journal.add(
          'fault',
          from,
          '',
          `cannot read ${quote(file)}${why}`,
          `provide the file, or ${fromLog}`,
        )
      }
      return
    }
    open.push(file)
    readText(text.replace(/^\uFEFF/, ''), file)
    open.pop()
  }

  function readText(text: string, file: string): void {
    let isComment = false
    for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
      const place = { file, line: index + 1 }
      // FreeSWITCH also follows directives inside comments. Failures there are ignored.
      const inComment = isComment || /<!--(?!#)/.test(raw)
      isComment = endsInComment(raw, isComment)
      const line = fillIn(raw)
      if (isFull()) {
        return
      }
      readLine(line, place, inComment)
    }
  }

  function readLine(line: string, place: Place, isComment: boolean): void {
    let end = 0
    for (const match of line.matchAll(directives)) {
      emit(line.slice(end, match.index), place)
      end = match.index + match[0].length
      follow(match.groups ?? {}, place, isComment)
    }
    emit(line.slice(end), place)
  }

  function follow(
    groups: Readonly<Record<string, string>>,
    place: Place,
    isComment: boolean,
  ): void {
    const { attributes = '', command = attribute(attributes, 'cmd') } = groups
    const data = groups['data'] ?? attribute(attributes, 'data')
    switch (command.toLowerCase()) {
      case 'include':
        include(data, place, isComment)
        return
      case 'set': {
        const [name = '', ...value] = data.split('=')
        if (!variables.has(name.trim())) {
          known.set(name.trim(), value.join('=').trimStart())
        }
        return
      }
      default:
        if (!isComment) {
          const cure =
            command === 'exec' ? fromLog : 'give the values it sets with --set NAME=VALUE'
          journal.add(
            'look',
            place,
            '',
            `the preprocessor command ${quote(command)} is not run`,
            cure,
          )
        }
    }
  }

  function include(pattern: string, place: Place, isComment: boolean): void {
    const found = pattern.includes('$${') ? undefined : findIncluded(pattern, place.file, reader)
    if (found === undefined) {
      if (!isComment) {
        const cure = pattern.includes('$${')
          ? `give the values of its variables with --set NAME=VALUE, or ${fromLog}`
          : `use * and ? only in the file name, not in the directory, or ${fromLog}`
        journal.add('fault', place, '', `cannot follow the include of ${quote(pattern)}`, cure)
      }
      return
    }
    if (found.length === 0 && !isComment) {
      journal.add('look', place, '', `the include of ${quote(pattern)} matches no file`)
    }
    for (const file of found) {
      readFile(file, place, isComment)
    }
  }

  const start = { file: path, line: 1 }
  readFile(path, start, false)
  if (isFull()) {
    const message = `more than ${maxFiles} files or 8 MiB of XML`
    journal.add('fault', start, '', message, `look for a superfluous include, or ${fromLog}`)
  }
  return {
    text: lines.join('\n'),
    placeOf: (line) => places[line - 1] ?? places.at(-1) ?? start,
  }
}

/** The names of all unexpanded `$${name}` in a value. */
export function unknownNames(value: string): readonly string[] {
  return [...value.matchAll(/\$\$\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

/** Escapes a value for XML. FreeSWITCH's parser tolerates a bare `&`; this one does not. */
function escapeXml(value: string): string {
  return value
    .replaceAll(/&(?!\w+;|#\d+;|#x[\da-f]+;)/gi, '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
}

/** Removes the tags that FreeSWITCH skips, so that an included file can be a document of its own. */
function withoutFrame(text: string): string {
  return text.replaceAll(/<\/?include\s*>|<\?.*?\?>/g, '')
}

function endsInComment(line: string, isComment: boolean): boolean {
  const opened = line.lastIndexOf('<!--')
  const closed = line.lastIndexOf('-->')
  return opened === closed ? isComment : opened > closed
}

function attribute(text: string, name: string): string {
  return new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(text)?.[1] ?? ''
}
