import type { CallId, EpochMs, SwitchId } from '../catalogue/ids.ts'
import type { DigitsCollected, PromptEnded } from '../switch/event.ts'
import type { PromptId } from '../switch/prompt.ts'
import type { Headers } from './event-view.ts'
import { digitsVariable, stopKey } from './prompt-mark.ts'

/** The number of CS_ROUTING: the channel is moving to another extension (trace caller-transferred-from-a-prompt). */
const routing = '2'

/** How a prompt ended; `notOurs` when the caller hung up or was transferred during it. */
export function decodePrompt(
  headers: Headers,
  seen: { switchId: SwitchId; at: EpochMs; callId: CallId },
): PromptEnded | DigitsCollected | 'notOurs' | 'malformed' {
  const promptId = headers.get('Application-UUID') as PromptId | undefined
  if (!promptId) {
    return 'malformed'
  }
  // The hang-up, or the end of park, is an event of its own.
  if (headers.get('Answer-State') === 'hangup' || headers.get('Channel-State-Number') === routing) {
    return 'notOurs'
  }
  const about = { ...seen, promptId }
  if (headers.get('Application') !== 'read') {
    const key = headers.get('variable_playback_terminator_used')
    return {
      type: 'promptEnded',
      ...about,
      outcome: outcomeOf(headers.get('Application-Response')),
      key: key === undefined || key === stopKey ? undefined : key || undefined,
    }
  }
  // `read` reports a result unless it could not play its prompt (switch_ivr_play_say.c, switch_ivr_read).
  return headers.get('variable_read_result') === undefined
    ? { type: 'promptEnded', ...about, outcome: 'missing', key: undefined }
    : { type: 'digitsCollected', ...about, digits: headers.get(`variable_${digitsVariable}`) ?? '' }
}

function outcomeOf(response: string | undefined): PromptEnded['outcome'] {
  switch (response) {
    case 'FILE NOT FOUND':
      return 'missing'
    case 'PLAYBACK ERROR':
      return 'failed'
    default:
      return 'played'
  }
}
