import type { AskablePrompt, Prompt } from '../switch/prompt.ts'
import type { AskAction } from './flow.ts'
import type { Voice } from './voice.ts'
import { type Wording, wordPrompt } from './wording.ts'

interface AnswerHandlers {
  /** An answer that fits. */
  answered(digits: string): void
  /** All tries are used up. */
  unanswered(): void
}

/** Asks until an answer fits, as often as the step allows. */
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
  voice.start(command, (said) => {
    if (said.type === 'digits') {
      done(said.digits)
      return
    }
    voice.reportFault(said)
    // Who knows the question may answer it unheard; who does not hears the next try's remark.
    if (prompt === undefined) {
      done('')
    } else {
      listen(action, undefined, voice, done)
    }
  })
}
