import type { Prompt, SpokenAs } from '../switch/prompt.ts'
import type { LocalPrompt } from './flow.ts'

/** What the words of a prompt depend on. */
export interface Wording {
  readonly language: string
  /** The flow's language, for prompts that do not have `language`. */
  readonly fallback: string
  readonly variables: ReadonlyMap<string, string>
}

/**
 * The prompt for this caller, as parts in order; consecutive files form one part. Empty if there is
 * nothing to play.
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

/** Characters removed from a variable in a file name: it cannot add a folder, stream or prefix. */
const unsafe = /[^\p{L}\p{N} _.*#+-]/gu

/** Replaces `{NAME}` by the variable's value, or by nothing if it has none. */
function fill(source: string, variables: ReadonlyMap<string, string>, isValue: boolean): string {
  const isText = isValue || source.startsWith('say:')
  return source.replaceAll(/\{([A-Za-z]\w*)\}/g, (_, name: string) => {
    const value = variables.get(name) ?? ''
    return isText ? value : value.replaceAll(unsafe, '')
  })
}
