import type { EpochMs } from '../catalogue/ids.ts'
import type { RecordAction } from './flow.ts'
import type { Voice } from './voice.ts'
import { type Wording, wordPrompt } from './wording.ts'

interface RecordingHandlers {
  now(): EpochMs
  /** There is a file worth keeping. */
  kept(): void
  /** It is over, and the caller still there. */
  done(isKept: boolean): void
}

/** Says what is to be said, beeps and records. A caller who hangs up meanwhile has left a message too. */
export function recordMessage(
  action: RecordAction,
  path: string,
  wording: Wording,
  voice: Voice,
  { now, kept, done }: RecordingHandlers,
): void {
  const { mostMs, leastMs, endKeys, prompt, beep } = action
  const parts = [...wordPrompt(prompt, wording), ...wordPrompt(beep, wording)]
  voice.say(parts, '', () => {
    const beganAt = now()
    let isKept: boolean | undefined
    const close = (): boolean => {
      if (isKept === undefined) {
        voice.closeRecording(path)
        isKept = now() - beganAt >= leastMs
        if (isKept) {
          kept()
        }
      }
      return isKept
    }
    voice.start(
      { type: 'recordCaller', path, maxMs: mostMs, endKeys },
      (said) => {
        if (said.type === 'played') {
          done(close())
        } else {
          voice.reportFault(said)
          done(false)
        }
      },
      close,
    )
  })
}
