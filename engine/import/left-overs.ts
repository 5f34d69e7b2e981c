import type { QueueEntry } from './callcenter.ts'
import { type Journal, quote } from './journal.ts'
import type { Values } from './values.ts'

/** A queue on its way. */
export interface QueueRoom {
  readonly queue: QueueEntry
  readonly subject: string
  readonly values: Values
  readonly journal: Journal
}

const known = new Set([
  'strategy',
  'moh-sound',
  'announce-sound',
  'announce-frequency',
  'record-template',
  'time-base-score',
  'ring-progressively-delay',
  'tier-rules-apply',
  'tier-rule-wait-second',
  'tier-rule-wait-multiply-level',
  'tier-rule-no-agent-no-wait',
  'discard-abandoned-after',
  'abandoned-resume-allowed',
  'max-wait-time',
  'max-wait-time-with-no-agent',
  'max-wait-time-with-no-agent-time-reached',
  'agent-no-answer-status',
  'skip-agents-with-external-calls',
])

/** Tells of the parameters that nothing is made of. */
export function reportLeftOvers({ queue, subject, values, journal }: QueueRoom): void {
  const tell = (
    kind: 'missing' | 'needless' | 'look',
    name: string,
    message: string,
    cure?: string,
  ) => {
    const param = values.get(name)
    if (param !== undefined) {
      journal.add(kind, param.place, subject, `${name}: ${message}`, cure)
    }
  }
  const template = values.text('record-template')?.trim() ?? ''
  if (template !== '') {
    tell(
      'missing',
      'record-template',
      'the engine does not record',
      'record in the dialplan before park: set RECORD_BRIDGE_REQ=true, then record_session with this template; it records while an agent is on',
    )
  }
  switch (values.text('time-base-score')?.toLowerCase()) {
    case undefined:
    case 'queue':
      break
    case 'system':
      tell(
        'missing',
        'time-base-score',
        'the time before the queue does not count',
        'give calls that have waited elsewhere a higher acd_priority in the dialplan',
      )
      break
    default:
      tell('look', 'time-base-score', 'is neither queue nor system: queue, as with mod_callcenter')
  }
  if (values.flag('abandoned-resume-allowed', false)) {
    tell(
      'missing',
      'abandoned-resume-allowed',
      'a caller who gave up and rings again starts anew in the engine',
      'run the callback plugin: who rings again takes the old place',
    )
  }
  tell('needless', 'discard-abandoned-after', 'nothing is kept of a caller who gave up')
  if (values.flag('skip-agents-with-external-calls', true)) {
    tell(
      'missing',
      'skip-agents-with-external-calls',
      'calls that agents make besides are not seen',
      'where the dialplan has callcenter_track: set the agent’s status by the command agent.setStatus',
    )
  }
  for (const [name, { place }] of queue.params) {
    if (!known.has(name)) {
      journal.add(
        'look',
        place,
        subject,
        `${quote(name)} is no parameter of mod_callcenter: left out`,
      )
    }
  }
}
