import type { Prompt, SpokenAs } from '../switch/prompt.ts'
import type { LocalPrompt } from './flow.ts'

/** What a prompt depends on beside itself. */
export interface Wording {
  readonly language: string
  /** The flow's own, where the caller's has no prompt. */
  readonly fallback: string
  readonly variables: ReadonlyMap<string, string>
}

/**
 * What a prompt says to this caller, part by part in order: files in a row are
 * one part. Empty when there is nothing to say.
 */
export function wordPrompt(
  prompt: LocalPrompt | undefined,
  wording: Wording,
  spokenAs?: SpokenAs,
): readonly Prompt[] {
  const { language, fallback, variables } = wording
  const code = prompt?.has(language) ? language : fallback
  const parts: Prompt[] = []
  for (const source of prompt?.get(code) ?? []) {
    const filled = fill(source, variables, spokenAs !== undefined)
    const last = parts.at(-1)
    const part = spokenAs === undefined ? partOf(filled, code) : spokenValue(filled, spokenAs, code)
    if (part?.type === 'files' && last?.type === 'files') {
      parts[parts.length - 1] = { type: 'files', files: [...last.files, ...part.files] }
    } else if (part !== undefined) {
      parts.push(part)
    }
  }
  return parts
}

function partOf(source: string, language: string): Prompt | undefined {
  const [, kind, rest = ''] = /^(say|phrase):(.*)$/s.exec(source) ?? []
  if (kind === 'say') {
    return rest === '' ? undefined : { type: 'speech', text: rest }
  }
  if (kind === 'phrase') {
    const [name = '', ...argument] = rest.split(':')
    return { type: 'phrase', name, argument: argument.join(':'), language }
  }
  return { type: 'files', files: [source] }
}

function spokenValue(value: string, spokenAs: SpokenAs, language: string): Prompt | undefined {
  return value === '' ? undefined : { type: 'value', value, spokenAs, language }
}

/** All that a variable may bring into the name of something to play: no other folder, stream or prefix. */
const strange = /[^\p{L}\p{N} _.*#+-]/gu

/** `{NAME}` as the variable's value; nothing for one that has none. */
function fill(source: string, variables: ReadonlyMap<string, string>, isValue: boolean): string {
  const isText = isValue || source.startsWith('say:')
  return source.replaceAll(/\{([A-Za-z]\w*)\}/g, (_, name: string) => {
    const value = variables.get(name) ?? ''
    return isText ? value : value.replaceAll(strange, '')
  })
}
