import { z } from '../../engine/plugin/index.ts'

const instant = z.int().nonnegative()

/** What was heard of a flow: told in any order, and more than once. */
const flowWord = z.object({
  /** Which run of the engine counted it. */
  life: z.string(),
  sequence: z.int(),
  at: instant,
  what: z.enum(['started', 'collected', 'ended']),
  name: z.string().optional(),
  value: z.string().optional(),
  outcome: z.string().optional(),
})

export type FlowWord = z.output<typeof flowWord>

const asking = z.object({
  survey: z.string(),
  language: z.string().optional(),
  queue: z.string().optional(),
  agent: z.string().optional(),
  project: z.string().optional(),
  /** Only of a call that a campaign made. */
  campaign: z
    .object({ name: z.string(), customer: z.string(), attempt: z.int().positive() })
    .optional(),
})

/** Who is to be asked what. */
export type Asking = z.output<typeof asking>

/** What is kept of a call until its survey is over. */
export const surveyCall = z.object({
  /** When something was last learned of it. */
  touchedAt: instant,
  arrived: z.object({ number: z.string(), dialled: z.string() }).optional(),
  /** What the caller pressed where the options look for a language. */
  chosen: z.string().optional(),
  /** The latest conversation. */
  answered: z
    .object({ at: instant, queue: z.string(), agent: z.string(), offerId: z.string() })
    .optional(),
  /** The conversation for which it was decided whether to ask. */
  decidedFor: z.string().optional(),
  asking: asking.optional(),
  /** The conversation is over, and the caller may hear the survey. */
  isTalkOver: z.boolean(),
  /** Everything is done that comes of it; late words change nothing. */
  isOver: z.boolean(),
  /** What was published of it. */
  told: z.array(z.enum(['asked', 'ended'])),
  words: z.array(flowWord),
})

export type SurveyCall = z.output<typeof surveyCall>

export function newSurveyCall(now: number): SurveyCall {
  return { touchedAt: now, isTalkOver: false, isOver: false, told: [], words: [] }
}

/** Adds a word of a flow; the very same call when it is known already. */
export function withWord(call: SurveyCall, word: FlowWord, now: number): SurveyCall {
  const isKnown = call.words.some(
    ({ life, sequence }) => life === word.life && sequence === word.sequence,
  )
  return isKnown ? call : { ...call, touchedAt: now, words: [...call.words, word] }
}

/** How far the survey of a call is, by what was heard so far. */
export interface Progress {
  readonly startedAt: number
  /** By question, the last word on each. */
  readonly given: ReadonlyMap<string, string>
  /** The outcome of the flow, once it is over. */
  readonly outcome: string | undefined
  /** Whether nothing that happened before the end can be missing. */
  readonly isWhole: boolean
}

/** Puts what was heard in order. Undefined: the survey has not begun. */
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

/** One engine counted them all, and none is missing in between. */
function isUnbroken(words: readonly FlowWord[], first: FlowWord, last: FlowWord): boolean {
  const heard = words.filter(
    ({ life, sequence }) =>
      life === last.life && sequence >= first.sequence && sequence <= last.sequence,
  )
  return first.life === last.life && heard.length === last.sequence - first.sequence + 1
}
