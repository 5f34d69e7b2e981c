import type { ByteString } from './wire-text.ts'

/** One command of a client: its first line, its headers and its body. */
export interface EslCommand {
  readonly line: ByteString
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, ByteString>
  readonly body: ByteString
}

/** Creates a reader that splits a client's bytes into commands, however they arrive. */
export function createCommandReader(): (chunk: ByteString) => EslCommand[] {
  let buffered = ''
  let awaited: { line: ByteString; headers: Map<string, ByteString>; length: number } | undefined

  return function read(chunk) {
    buffered += chunk
    const commands: EslCommand[] = []
    for (;;) {
      if (awaited) {
        if (buffered.length < awaited.length) return commands
        const { line, headers, length } = awaited
        commands.push({ line, headers, body: buffered.slice(0, length) })
        buffered = buffered.slice(length)
        awaited = undefined
        continue
      }
      const end = /\r?\n\r?\n/.exec(buffered)
      if (!end) return commands
      const [line = '', ...rest] = buffered.slice(0, end.index).trimStart().split(/\r?\n/)
      buffered = buffered.slice(end.index + end[0].length)
      const headers = new Map<string, ByteString>()
      for (const header of rest) {
        const colon = header.indexOf(':')
        if (colon > 0)
          headers.set(header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim())
      }
      const length = Number(headers.get('content-length') ?? 0)
      if (length > 0) awaited = { line, headers, length }
      else commands.push({ line, headers, body: '' })
    }
  }
}
