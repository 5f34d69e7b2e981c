import type { AskablePrompt, Prompt } from '../switch/prompt.ts'
import type { AskAction } from './flow.ts'
import type { Voice } from './voice.ts'
import { type Wording, wordPrompt } from './wording.ts'

interface AnswerHandlers {
  /** The caller gave a valid answer. */
  answered(digits: string): void
  /** The last try failed. */
  unanswered(): void
}

/** Asks until the answer is valid, at most as often as the step allows. */
export function askCaller(
  action: AskAction,
  wording: Wording,
  voice: Voice,
  { answered, unanswered }: AnswerHandlers,
): void {
  const ask = (triesLeft: number): void =>
    askOnce(action, wording, voice, (digits) => {
      if (fits(action, digits)) {
        answered(digits)
      } else if (triesLeft > 1) {
        const { whenSilent, whenInvalid } = action
        const remark = digits === '' ? whenSilent : whenInvalid
        voice.say(wordPrompt(remark, wording), '', () => ask(triesLeft - 1))
      } else {
        unanswered()
      }
    })
  ask(action.tries)
}

function fits({ keys, minDigits, maxDigits, pattern }: AskAction, digits: string): boolean {
  if (keys !== undefined) {
    return keys.has(digits)
  }
  return (
    digits.length >= minDigits &&
    digits.length <= maxDigits &&
    (pattern === undefined || pattern.test(digits))
  )
}

function askOnce(
  action: AskAction,
  wording: Wording,
  voice: Voice,
  done: (digits: string) => void,
): void {
  const parts = wordPrompt(action.prompt, wording)
  const last = parts.at(-1)
  const inside = action.canInterrupt && isAskable(last) ? last : undefined
  const before = inside === undefined ? parts : parts.slice(0, -1)
  voice.say(before, '', () => listen(action, inside, voice, done))
}

function isAskable(prompt: Prompt | undefined): prompt is AskablePrompt {
  return prompt !== undefined && prompt.type !== 'value'
}

function listen(
  action: AskAction,
  prompt: AskablePrompt | undefined,
  voice: Voice,
  done: (digits: string) => void,
): void {
  const { maxDigits, firstDigitMs, nextDigitMs, endKeys } = action
  const command = {
    type: 'askDigits',
    prompt,
    maxDigits,
    firstDigitMs,
    nextDigitMs,
    endKeys,
  } as const
  voice.start(command, (result) => {
    if (result.type === 'digits') {
      done(result.digits)
      return
    }
    voice.reportFault(result)
    // A caller who knows the question can answer it without the prompt. Others hear the remark
    // before the next try.
    if (prompt === undefined) {
      done('')
    } else {
      listen(action, undefined, voice, done)
    }
  })
}
