import { z } from '../../engine/plugin/index.ts'

const instant = z.int().nonnegative()

/** An event of a flow; events arrive in any order, and more than once. */
const flowEvent = z.object({
  /** Identifies the engine process that numbered the event. */
  life: z.string(),
  sequence: z.int(),
  at: instant,
  what: z.enum(['started', 'collected', 'ended']),
  name: z.string().optional(),
  value: z.string().optional(),
  outcome: z.string().optional(),
})

export type FlowEvent = z.output<typeof flowEvent>

const asking = z.object({
  survey: z.string(),
  language: z.string().optional(),
  queue: z.string().optional(),
  agent: z.string().optional(),
  project: z.string().optional(),
  /** Set if a campaign made the call. */
  campaign: z
    .object({ name: z.string(), customer: z.string(), attempt: z.int().positive() })
    .optional(),
})

/** The survey of a call, and whom it is about. */
export type Asking = z.output<typeof asking>

/** The stored state of a call until its survey is over. */
export const surveyCall = z.object({
  /** When it last changed. */
  touchedAt: instant,
  arrived: z.object({ number: z.string(), dialled: z.string() }).optional(),
  /** The caller's value of the language variable. */
  chosen: z.string().optional(),
  /** The latest conversation. */
  answered: z
    .object({ at: instant, queue: z.string(), agent: z.string(), offerId: z.string() })
    .optional(),
  /** The offer id of the conversation for which the decision was made. */
  decidedFor: z.string().optional(),
  asking: asking.optional(),
  /** The conversation is over, and the caller may still be on the line. */
  isTalkOver: z.boolean(),
  /** The survey has been dealt with; late events change nothing. */
  isOver: z.boolean(),
  /** What has been published about it. */
  told: z.array(z.enum(['asked', 'ended'])),
  /** The events of its flow. */
  words: z.array(flowEvent),
})

export type SurveyCall = z.output<typeof surveyCall>

export function newSurveyCall(now: number): SurveyCall {
  return { touchedAt: now, isTalkOver: false, isOver: false, told: [], words: [] }
}

/** Adds a flow event; returns the same call if the event is known already. */
export function withFlowEvent(call: SurveyCall, event: FlowEvent, now: number): SurveyCall {
  const isKnown = call.words.some(
    ({ life, sequence }) => life === event.life && sequence === event.sequence,
  )
  return isKnown ? call : { ...call, touchedAt: now, words: [...call.words, event] }
}

/** The progress of a survey, from the events so far. */
export interface Progress {
  readonly startedAt: number
  /** The last answer to each question. */
  readonly given: ReadonlyMap<string, string>
  /** The outcome of the flow, once it is over. */
  readonly outcome: string | undefined
  /** Whether the events are complete up to the end. */
  readonly isWhole: boolean
}

/** Sorts the events and derives the progress; undefined if the survey has not begun. */
export function progressOf({ words }: SurveyCall): Progress | undefined {
  const inOrder = words.toSorted((a, b) => a.at - b.at || a.sequence - b.sequence)
  const begin = inOrder.findIndex(({ what }) => what === 'started')
  const started = inOrder[begin]
  if (started === undefined) {
    return undefined
  }
  const since = inOrder.slice(begin)
  const last = since.findLast(({ what }) => what !== 'collected')
  const ended = last?.what === 'ended' ? last : undefined
  return {
    startedAt: started.at,
    given: new Map(
      since.flatMap(({ name, value }) =>
        name === undefined || value === undefined ? [] : [[name, value] as const],
      ),
    ),
    outcome: ended?.outcome,
    isWhole: ended !== undefined && isUnbroken(since, started, ended),
  }
}

/** True if one engine numbered all events and none is missing. */
function isUnbroken(events: readonly FlowEvent[], first: FlowEvent, last: FlowEvent): boolean {
  const numbered = events.filter(
    ({ life, sequence }) =>
      life === last.life && sequence >= first.sequence && sequence <= last.sequence,
  )
  return first.life === last.life && numbered.length === last.sequence - first.sequence + 1
}
