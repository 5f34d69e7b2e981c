import type { AskablePrompt, Prompt, PromptCommand, SpokenAs } from '../switch/prompt.ts'
import { type Encoded, type EslCommand, sent, unsafe, word, words } from './encoded.ts'
import { digitsVariable, promptMark, stopKey } from './prompt-mark.ts'

const keys = /^[0-9*#]*$/
/** A value allowed between the brackets of `%[...]`. */
const scopeValue = /^[\w.-]+$/
/** Characters that end a line, or that the switch expands before the application sees them. */
const dangerous = /[\p{Cc}\\]|\$\{/u
/** `read` takes its prompt in single quotes, so the text must not contain one. */
const quoted = /^[^']*$/

/** A prompt as an argument of `playback`, or of `say`; undefined when it cannot be sent. */
interface Spoken {
  readonly application: 'playback' | 'say'
  readonly data: string
  readonly scope: Readonly<Record<string, string>>
}

/** Translates prompts, questions and recordings. Refuses values that the switch would read as something else. */
export function encodePrompt(command: PromptCommand): Encoded {
  switch (command.type) {
    case 'playPrompt': {
      const spoken = speak(command.prompt)
      return isSound(command) && spoken !== undefined
        ? sent(play(command, spoken, command.endKeys))
        : unsafe('a prompt or its ids')
    }
    case 'askDigits':
      return ask(command)
    case 'recordCaller':
      return record(command)
    case 'endRecording':
      return words('uuid_record', command.callId, 'stop', command.path)
    case 'stopPrompt':
      return words('uuid_recv_dtmf', command.callId, stopKey)
  }
}

function isSound(command: Extract<PromptCommand, { endKeys: string }>): boolean {
  const { callId, promptId, endKeys } = command
  return word.test(callId) && word.test(promptId) && keys.test(endKeys)
}

function speak(prompt: Prompt): Spoken | undefined {
  if (prompt.type === 'value') {
    const [type, method] = sayMethods[prompt.spokenAs]
    const { language, value } = prompt
    return scopeValue.test(language) && word.test(value) && !dangerous.test(value)
      ? { application: 'say', data: `${language} ${type} ${method} ${value}`, scope: {} }
      : undefined
  }
  const source = sourceOf(prompt)
  return source === undefined ? undefined : { application: 'playback', ...source }
}

/** The types and methods of the application `say` of mod_dptools. */
const sayMethods: Readonly<Record<SpokenAs, readonly [type: string, method: string]>> = {
  number: ['number', 'pronounced'],
  digits: ['number', 'iterated'],
  money: ['currency', 'pronounced'],
  letters: ['name_spelled', 'pronounced'],
}

/** What `playback` and `read` can play, and the variables they need for it. */
function sourceOf(prompt: AskablePrompt): Omit<Spoken, 'application'> | undefined {
  const source = { data: textOf(prompt), scope: scopeOf(prompt) }
  const isWhole =
    source.data !== '' &&
    !dangerous.test(source.data) &&
    Object.values(source.scope).every((value) => scopeValue.test(value))
  return isWhole ? source : undefined
}

function textOf(prompt: AskablePrompt): string {
  switch (prompt.type) {
    case 'files':
      return prompt.files.length > 1 ? joined(prompt.files) : (prompt.files[0] ?? '')
    case 'speech':
      return prompt.text === '' ? '' : `say:${prompt.text}`
    case 'phrase':
      return scopeValue.test(prompt.name) ? `phrase:${prompt.name}:${prompt.argument}` : ''
  }
}

/** mod_dptools plays the parts of a `file_string` one after the other; they are separated by `!`. */
function joined(files: readonly string[]): string {
  return files.some((file) => file === '' || file.includes('!'))
    ? ''
    : `file_string://${files.join('!')}`
}

function scopeOf(prompt: AskablePrompt): Readonly<Record<string, string>> {
  switch (prompt.type) {
    case 'files':
      return {}
    case 'speech': {
      const { engine, voice } = prompt
      return {
        ...(engine === undefined ? {} : { tts_engine: engine }),
        ...(voice === undefined ? {} : { tts_voice: voice }),
      }
    }
    case 'phrase':
      return { language: prompt.language }
  }
}

function play(
  { callId, promptId }: { callId: string; promptId: string },
  { application, data, scope }: Spoken,
  endKeys: string,
): EslCommand {
  return {
    type: 'execute',
    application,
    argument: `${scopeText({ playback_terminators: `${endKeys}${stopKey}`, ...scope })}${data}`,
    uuid: callId,
    eventUuid: promptId,
    eventUuidName: promptMark,
  }
}

/** Variables that apply to one application only (switch_core_session.c, switch_core_session_exec). */
function scopeText(scope: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(scope).map(([name, value]) => `${name}=${value}`)
  return pairs.length === 0 ? '' : `%[${pairs.join(',')}]`
}

const silence = { data: 'silence', scope: {} } as const

function ask(command: Extract<PromptCommand, { type: 'askDigits' }>): Encoded {
  const { callId, promptId, prompt, maxDigits, firstDigitMs, nextDigitMs, endKeys } = command
  const source = prompt === undefined ? silence : sourceOf(readable(prompt))
  const numbers = [maxDigits, firstDigitMs, nextDigitMs].map(Math.ceil)
  const areSound =
    isSound(command) &&
    numbers.every((number) => number >= 1 && number <= 1e9) &&
    // The digits must fit into 128 bytes (mod_dptools.c, read_function).
    maxDigits <= 64
  if (source === undefined || !quoted.test(source.data) || !areSound) {
    return unsafe('a question or its ids')
  }
  const [max, first, next] = numbers
  return sent({
    type: 'execute',
    application: 'read',
    argument: `${scopeText(source.scope)}1 ${max} '${source.data}' ${digitsVariable} ${first} ${endKeys}${stopKey} ${next}`,
    uuid: callId,
    eventUuid: promptId,
    eventUuidName: promptMark,
  })
}

/** An apostrophe in a text to speak would end the argument. */
function readable(prompt: AskablePrompt): AskablePrompt {
  return prompt.type === 'speech' ? { ...prompt, text: prompt.text.replaceAll("'", '’') } : prompt
}

/**
 * Does not use `record` of mod_dptools, which hangs up the caller when it cannot
 * write the file. The recording runs in parallel to a silence that the caller's
 * keys can end, and has its own limit in case nobody ends it.
 */
function record(command: Extract<PromptCommand, { type: 'recordCaller' }>): Encoded {
  const { callId, path, maxMs, endKeys } = command
  const limitMs = Math.ceil(maxMs)
  if (!isSound(command) || !word.test(path) || !(limitMs >= 1 && limitMs <= 1e9)) {
    return unsafe('a recording, its path or its ids')
  }
  const limitSeconds = Math.ceil(limitMs / 1000) + 1
  const silent = {
    application: 'playback',
    data: `silence_stream://${limitMs}`,
    scope: {},
  } as const
  return sent(
    { type: 'api', command: 'uuid_record', args: `${callId} start ${path} ${limitSeconds}` },
    play(command, silent, endKeys),
  )
}
