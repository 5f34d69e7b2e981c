import type { EpochMs } from '../catalogue/ids.ts'
import type { RecordAction } from './flow.ts'
import type { Voice } from './voice.ts'
import { type Wording, wordPrompt } from './wording.ts'

interface RecordingHandlers {
  now(): EpochMs
  /** The recording is long enough: the file is kept. */
  kept(): void
  /** The recording is over, and the caller is still there. */
  done(isKept: boolean): void
}

/** Plays the prompt and the beep, then records. The recording of a caller who hangs up is kept too. */
export function recordMessage(
  action: RecordAction,
  path: string,
  wording: Wording,
  voice: Voice,
  { now, kept, done }: RecordingHandlers,
): void {
  const { maxMs, minMs, endKeys, prompt, beep } = action
  const parts = [...wordPrompt(prompt, wording), ...wordPrompt(beep, wording)]
  voice.say(parts, '', () => {
    const beganAt = now()
    let isKept: boolean | undefined
    const close = (): boolean => {
      if (isKept === undefined) {
        voice.closeRecording(path)
        isKept = now() - beganAt >= minMs
        if (isKept) {
          kept()
        }
      }
      return isKept
    }
    voice.start(
      { type: 'recordCaller', path, maxMs, endKeys },
      (result) => {
        if (result.type === 'played') {
          done(close())
        } else {
          voice.reportFault(result)
          done(false)
        }
      },
      close,
    )
  })
}
