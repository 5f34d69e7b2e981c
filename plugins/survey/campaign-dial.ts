import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import type { CampaignLedger } from './campaign-ledger.ts'
import type { CampaignParts } from './campaign-parts.ts'
import { isTooSoon } from './choose-survey.ts'
import { compileSurvey } from './compile-survey.ts'
import { attemptCallId, claim, type Ending, end, give, takeBack } from './customer.ts'
import type { Listed } from './read-list.ts'
import { newSurveyCall } from './survey-call.ts'
import { projectOf } from './survey-desk.ts'

/** Makes the calls of a campaign. */
export interface CampaignDialler {
  /** True for a while after the engine was unreachable or refused a call. */
  readonly isHeld: boolean
  /** Claims a customer for an attempt and dials. @returns whether another customer may be dialled now */
  dial(key: string, attempt: number): Promise<boolean>
  /** Gives an attempt to the engine; can be repeated. @returns whether another customer may be dialled now */
  originate(key: string, callId: string, attempt: number): Promise<boolean>
}

/** How long no other customer is claimed after the engine was unreachable, and after a refusal. */
const holdMs: DurationMs = 5_000
const refusedMs: DurationMs = 60_000

export function createDialler(
  { name, tenant, options, survey, list, desk, means }: CampaignParts,
  { change, take, free }: CampaignLedger,
): CampaignDialler {
  const { clock, log, figures, calls, asked, optOuts } = desk
  let heldUntil: EpochMs = 0

  const callIdOf = (key: string, attempt: number) =>
    attemptCallId(`${tenant}/${name}`, key, attempt)

  async function dial(key: string, attempt: number): Promise<boolean> {
    const listed = list.customers.get(key)
    const skipped = await reasonToSkip(key, attempt)
    if (listed === undefined || skipped !== undefined) {
      await change(key, (now) => end(now, skipped ?? 'forbidden'))
      return true
    }
    const callId = callIdOf(key, attempt)
    const slot = await take(callId)
    if (slot !== 'taken') {
      return slot === 'held'
    }
    const isMine = await change(key, (now) =>
      now.attempts + 1 === attempt
        ? claim(now, clock.now(), (number) => callIdOf(key, number))
        : now,
    )
    if (!isMine) {
      await free(callId)
      return true
    }
    return await giveToEngine(key, listed, callId, attempt)
  }

  async function reasonToSkip(key: string, attempt: number): Promise<Ending | undefined> {
    if ((await optOuts.get(key)) !== undefined) {
      return 'doNotCall'
    }
    const last = (await asked.get(key))?.value
    const own = Array.from({ length: attempt - 1 }, (_, index) => callIdOf(key, index + 1))
    const isOwn = last !== undefined && own.includes(last.callId)
    return !isOwn && isTooSoon(last?.at, survey.notWithin, clock.now()) ? 'askedBefore' : undefined
  }

  async function giveToEngine(
    key: string,
    listed: Listed,
    callId: string,
    attempt: number,
  ): Promise<boolean> {
    const { queue, callerId, ring } = options
    const language = listed.language ?? options.language
    const project = queue === undefined ? undefined : projectOf(desk.options, queue)
    await calls.create(callId, {
      ...newSurveyCall(clock.now()),
      arrived: { number: listed.number, dialled: '' },
      asking: {
        survey: options.survey,
        campaign: { name, customer: key, attempt },
        ...(language !== undefined && { language }),
        ...(queue !== undefined && { queue }),
        ...(project !== undefined && { project }),
      },
    })
    const definition = compileSurvey(survey, language)
    const reply = await means.commands.command(
      'call.originate',
      {
        callId,
        number: listed.number,
        ringMs: ring,
        onAnswer: {
          type: 'flow',
          flow: { type: 'inline', definition },
          values: { ...listed.values },
        },
        ...(callerId !== undefined && { callerId }),
      },
      { commandId: `survey/dial/${callId}` },
    )
    if (reply.ok) {
      if (await change(key, (now) => give(now, callId, clock.now()))) {
        figures.dialled(name)
      }
      desk.reportHealth(`campaigns.${name}`, undefined)
      return true
    }
    return await handleRefusal(key, callId, reply.error)
  }

  async function handleRefusal(
    key: string,
    callId: string,
    { code, retryable }: { readonly code: string; readonly retryable: boolean },
  ): Promise<boolean> {
    if (code === 'numberRefused') {
      await change(key, (now) => end(now, 'forbidden'))
      await free(callId)
      return true
    }
    log.warn({ campaign: name, code }, 'the engine did not accept a campaign call; dialling pauses')
    if (retryable) {
      // The command may have been carried out: the customer stays claimed, and the same call is given again.
      heldUntil = clock.now() + holdMs
    } else {
      heldUntil = clock.now() + refusedMs
      desk.reportHealth(`campaigns.${name}`, `the engine refuses its calls: ${code}`)
      await change(key, (now) => takeBack(now, callId, heldUntil))
      await free(callId)
    }
    return false
  }

  return {
    get isHeld() {
      return heldUntil > clock.now()
    },
    dial,
    async originate(key, callId, attempt) {
      const listed = list.customers.get(key)
      return listed !== undefined && (await giveToEngine(key, listed, callId, attempt))
    },
  }
}
