import type { QueueEntry, TierEntry } from './callcenter.ts'
import { type Journal, quote } from './journal.ts'
import { describeName } from './names.ts'
import { type QueueContext, reportRemainingParameters } from './remaining-parameters.ts'
import { planTiers, type TierPlan } from './tiers.ts'
import { createValues } from './values.ts'
import { type Entry, spanText } from './yaml-text.ts'

/** A queue in Switchyard's terms. */
export interface QueuePlan {
  readonly id: string
  readonly entries: readonly Entry[]
  readonly tiers: TierPlan
  /** Whether mod_callcenter keeps agents available however many calls they miss. */
  readonly forgivesMisses: boolean
}

interface QueueSource {
  readonly queue: QueueEntry
  readonly id: string
  readonly tiers: readonly TierEntry[]
  /** The longest time that one of its agents' phones rings. */
  readonly ringSeconds: number
}

const strategies: Readonly<Record<string, string>> = {
  'longest-idle-agent': 'longestIdle',
  'round-robin': 'roundRobin',
  'top-down': 'topDown',
  'agent-with-least-talk-time': 'leastTalkTime',
  'agent-with-fewest-calls': 'fewestCalls',
  'sequentially-by-agent-order': 'topDown',
  random: 'random',
  'ring-all': 'ringAll',
  'ring-progressively': 'ringProgressively',
}

const ringingTone = 'tone_stream://%(1000,4000,425);loops=-1'
const hangsUp = 'mod_callcenter returns the call to the dialplan; the engine hangs it up'

/** Translates a queue. What cannot be carried over goes into the journal. */
export function planQueue(
  { queue, id, tiers, ringSeconds }: QueueSource,
  journal: Journal,
): QueuePlan {
  const subject = `queue ${queue.name}`
  const values = createValues(queue.params, subject, journal)
  const context: QueueContext = { queue, subject, values, journal }
  const tierPlan = planTiers(tiers, values, subject, journal)
  const entries = [
    ...(id === queue.name ? [] : [{ key: 'description', value: describeName(queue.name) }]),
    ...strategyEntries(context),
    ...(tierPlan.entry === undefined ? [] : [tierPlan.entry]),
    { key: 'ringTime', value: spanText(ringSeconds) },
    ...musicEntries(context),
    ...maxWaitEntries(context),
    ...unstaffedEntries(context),
    ...announcementEntries(context),
  ]
  reportRemainingParameters(context)
  return { id, entries, tiers: tierPlan, forgivesMisses: forgivesMisses(context) }
}

function strategyEntries({ queue, subject, values, journal }: QueueContext): readonly Entry[] {
  const param = values.get('strategy')
  const name = param?.value.toLowerCase() ?? 'longest-idle-agent'
  const place = param?.place ?? queue.place
  const strategy = strategies[name] ?? 'topDown'
  if (!Object.hasOwn(strategies, name)) {
    const message = `unknown strategy ${quote(name)}: topDown, since mod_callcenter falls back to the order of positions`
    journal.add('changed', place, subject, message, 'choose a strategy from docs/configuration.md')
    return [{ key: 'strategy', value: 'topDown' }]
  }
  switch (name) {
    case 'round-robin':
      journal.add(
        'changed',
        place,
        subject,
        'round-robin asks the agent whose last turn, in any queue, is longest ago; positions do not matter',
      )
      break
    case 'sequentially-by-agent-order':
      return [{ key: 'strategy', value: strategy, comments: [`${name}: by position`] }]
    case 'ring-all':
      return [
        { key: 'strategy', value: strategy },
        { key: 'ringAtMost', value: 100, comments: ['mod_callcenter has no limit'] },
      ]
    case 'ring-progressively':
      return [
        { key: 'strategy', value: strategy },
        { key: 'ringAtMost', value: 100, comments: ['mod_callcenter has no limit'] },
        { key: 'ringStep', value: spanText(values.seconds('ring-progressively-delay', 0) || 10) },
      ]
    default:
  }
  return [{ key: 'strategy', value: strategy }]
}

function musicEntries({ queue, subject, values, journal }: QueueContext): readonly Entry[] {
  const music = values.text('moh-sound')?.trim() ?? ''
  const place = values.get('moh-sound')?.place ?? queue.place
  if (music === '') {
    return [{ key: 'music', value: 'silence', comments: ['no moh-sound'] }]
  }
  if (!isText(music)) {
    const message = 'moh-sound contains a control character or is too long'
    journal.add('fault', place, subject, message, 'name a file or a stream')
  }
  if (!music.includes('${')) {
    return [{ key: 'music', value: music }]
  }
  // switch_ivr_originate.c does not expand transfer_ringback.
  journal.add(
    'changed',
    place,
    subject,
    'moh-sound with variables: while a phone rings the caller hears a ringing tone, since the switch does not expand variables there',
    'name the music without variables, and remove ringback',
  )
  return [
    { key: 'music', value: music },
    { key: 'ringback', value: ringingTone },
  ]
}

function maxWaitEntries({ queue, subject, values, journal }: QueueContext): readonly Entry[] {
  const wait = values.seconds('max-wait-time', 0)
  if (wait === 0) {
    return []
  }
  const place = values.get('max-wait-time')?.place ?? queue.place
  journal.add(
    'changed',
    place,
    subject,
    `max-wait-time: ${hangsUp}`,
    'write whenMaxWait: { transfer: EXTENSION XML CONTEXT } to send it elsewhere',
  )
  const comments = [
    'then the call is hung up; to send it elsewhere: whenMaxWait: { transfer: EXTENSION XML CONTEXT }',
  ]
  return [{ key: 'maxWait', value: spanText(wait), comments }]
}

function unstaffedEntries({ queue, subject, values, journal }: QueueContext): readonly Entry[] {
  const wait = values.seconds('max-wait-time-with-no-agent', 0)
  const grace = values.seconds('max-wait-time-with-no-agent-time-reached', 5)
  if (wait === 0) {
    return []
  }
  const place = values.get('max-wait-time-with-no-agent')?.place ?? queue.place
  const add = (message: string, cure: string) =>
    journal.add('changed', place, subject, message, cure)
  add(
    `max-wait-time-with-no-agent: ${hangsUp}`,
    'write whenUnstaffed: { transfer: EXTENSION XML CONTEXT } to send it elsewhere',
  )
  add(
    'max-wait-time-with-no-agent: a queue whose agents are all on break is not staffed; for mod_callcenter it is',
    'set unstaffed.leaveAfter longer than a break',
  )
  const comments = [
    grace === 0
      ? 'mod_callcenter refuses a caller at once if nobody has been there for this time; for that: unstaffed: { join: false }'
      : `max-wait-time-with-no-agent plus the ${grace} s that every caller gets`,
    'then the call is hung up; to send it elsewhere: whenUnstaffed: { transfer: EXTENSION XML CONTEXT }',
  ]
  return [
    { key: 'unstaffed', value: { leaveAfter: spanText(Math.min(wait + grace, 86_400)) }, comments },
  ]
}

function announcementEntries({ queue, subject, values, journal }: QueueContext): readonly Entry[] {
  const sound = values.text('announce-sound')?.trim() ?? ''
  const every = values.seconds('announce-frequency', 0)
  const place = values.get('announce-sound')?.place ?? queue.place
  if (sound === '' || every === 0) {
    if (sound !== '' || every !== 0) {
      const message = 'announce-sound and announce-frequency: one without the other does nothing'
      journal.add('needless', values.get('announce-frequency')?.place ?? place, subject, message)
    }
    return []
  }
  if (!isText(sound)) {
    journal.add(
      'fault',
      place,
      subject,
      'announce-sound contains a control character or is too long',
      'name a file',
    )
  }
  journal.add(
    'changed',
    place,
    subject,
    'announce-sound becomes an event that is published when it is due, with the sound as its data; the engine does not play it',
    'let a service plugin play it on that event, or put the announcement into the music',
  )
  return [
    {
      key: 'actions',
      value: [
        { name: 'announcement', after: spanText(every), every: spanText(every), data: { sound } },
      ],
      comments: ['published as an event when due; a service plugin has to play it'],
    },
  ]
}

function forgivesMisses({ subject, values, journal }: QueueContext): boolean {
  const param = values.get('agent-no-answer-status')
  switch (param?.value.toLowerCase()) {
    case undefined:
    case 'on break':
      return false
    case 'available':
    case 'available (on demand)':
      return true
    default:
      journal.add(
        'changed',
        (param as NonNullable<typeof param>).place,
        subject,
        `agent-no-answer-status ${quote(param?.value ?? '')}: an agent who misses too many calls is put on break`,
        'let a plugin log them out on agent.stateChanged',
      )
      return false
  }
}

function isText(text: string): boolean {
  return text.length <= 1_000 && !/[\p{Cc}\u2028\u2029]/u.test(text)
}
