import type { QueueEntry } from './callcenter.ts'
import { type Journal, quote } from './journal.ts'
import type { Values } from './values.ts'

/** A queue being translated. */
export interface QueueContext {
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

/** Reports the parameters that have no counterpart in the configuration. */
export function reportRemainingParameters({ queue, subject, values, journal }: QueueContext): void {
  const report = (
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
    report(
      'missing',
      'record-template',
      'the engine does not record',
      'record in the dialplan before park: set RECORD_BRIDGE_REQ=true, then record_session with this template; it records while an agent is connected',
    )
  }
  switch (values.text('time-base-score')?.toLowerCase()) {
    case undefined:
    case 'queue':
      break
    case 'system':
      report(
        'missing',
        'time-base-score',
        'time before entering the queue does not count',
        'give calls that have waited elsewhere a higher acd_priority in the dialplan',
      )
      break
    default:
      report('look', 'time-base-score', 'neither queue nor system: queue, as with mod_callcenter')
  }
  if (values.flag('abandoned-resume-allowed', false)) {
    report(
      'missing',
      'abandoned-resume-allowed',
      'a caller who gave up and calls again starts over in the engine',
      'run the callback plugin, which gives such a caller the old place',
    )
  }
  report(
    'needless',
    'discard-abandoned-after',
    'the engine keeps nothing about a caller who gave up',
  )
  if (values.flag('skip-agents-with-external-calls', true)) {
    report(
      'missing',
      'skip-agents-with-external-calls',
      'the engine does not see the agents’ other calls',
      'where the dialplan has callcenter_track, set the agent’s status with the command agent.setStatus',
    )
  }
  for (const [name, { place }] of queue.params) {
    if (!known.has(name)) {
      journal.add(
        'look',
        place,
        subject,
        `left out: mod_callcenter has no parameter ${quote(name)}`,
      )
    }
  }
}
