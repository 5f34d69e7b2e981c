import { createHash } from 'node:crypto'
import {
  type DurationMs,
  type EpochMs,
  type EventData,
  type PluginKv,
  z,
} from '../../engine/plugin/index.ts'
import { isCallingTime, isPast, localTime } from './calling-hours.ts'
import type { CampaignOptions } from './campaign-options.ts'
import { isTooSoon } from './choose-survey.ts'
import { compileSurvey } from './compile-survey.ts'
import {
  attemptCallId,
  type Customer,
  claim,
  type Ending,
  end,
  fresh,
  give,
  hearDialEnd,
  hearVerdict,
  miss,
  overdueCustomer,
  type Patience,
  takeBack,
} from './customer.ts'
import { freeSlots, type Gate, takeSlot } from './gate.ts'
import { type CampaignCounts, campaignCounts } from './plugin-events.ts'
import type { CustomerList, Listed } from './read-list.ts'
import { createRollCall } from './roll-call.ts'
import { newSurveyCall } from './survey-call.ts'
import { type Desk, type Means, projectOf } from './survey-desk.ts'
import type { Survey } from './survey-options.ts'
import type { Verdict } from './verdict.ts'

/** What was published of a campaign. */
export const campaignMark = z.object({
  loadedList: z.string().optional(),
  endedList: z.string().optional(),
  /** Of how many, the one in which progress was told last. */
  period: z.int().nonnegative().optional(),
  progress: campaignCounts.optional(),
})

/** What campaigns keep, shared by the replicas. */
export interface CampaignStores {
  /** By `CAMPAIGN/FINGERPRINT`. */
  readonly customers: PluginKv<Customer>
  readonly gates: PluginKv<Gate>
  /** Since when. */
  readonly pauses: PluginKv<EpochMs>
  readonly marks: PluginKv<z.output<typeof campaignMark>>
}

export interface CampaignParts {
  readonly name: string
  readonly tenant: string
  readonly options: CampaignOptions
  readonly survey: Survey
  readonly list: CustomerList
  readonly stores: CampaignStores
  readonly desk: Desk
  readonly means: Means
}

/** How a campaign is. */
export interface CampaignStatus extends CampaignCounts {
  readonly campaign: string
  /** `resting`: out of hours, everywhere. */
  readonly state: 'running' | 'resting' | 'paused' | 'ended'
}

/** A campaign at work in this replica; the others do the same, and what is kept holds them apart. */
export interface Campaign {
  /** Takes what is kept of a customer now. */
  hear(key: string, now: Customer | undefined): void
  /** Mends what is overdue, dials who is due, and tells how far it is. */
  turn(): Promise<void>
  hearDialEnd(
    key: string,
    callId: string,
    outcome: EventData<'call.dialEnded'>['outcome'],
  ): Promise<void>
  hearVerdict(key: string, callId: string, verdict: Verdict): Promise<void>
  status(): Promise<CampaignStatus>
}

/** A claim that the engine has not confirmed is given again after so long. */
const givenMs: DurationMs = 5_000
/** A dialling ends so long after the ringing at the latest. */
const wordMs: DurationMs = 60_000
const talkMs: DurationMs = 300_000
/** A slot whose customer was never claimed is free again after so long. */
const slotMs: DurationMs = 30_000
/** While the engine is away, or refuses, nobody else is claimed for so long. */
const holdMs: DurationMs = 5_000
const refusedMs: DurationMs = 60_000

/** Creates it; nobody is dialled before the first turn. */
export function createCampaign(parts: CampaignParts): Campaign {
  const { name, tenant, options, survey, list, stores, desk, means } = parts
  const { customers, gates, pauses, marks } = stores
  const { clock, log, figures, calls, asked, optOuts } = desk
  const roll = createRollCall(list, options)
  const listId = idOf(list)
  const patience: Patience = {
    givenMs,
    diallingMs: options.ring + wordMs,
    talkingMs: survey.timeLimit + talkMs,
  }
  let heldUntil: EpochMs = 0

  const callIdOf = (key: string, attempt: number) =>
    attemptCallId(`${tenant}/${name}`, key, attempt)

  /** Changes what is kept of a customer. @returns whether it was changed just now */
  async function change(key: string, next: (now: Customer) => Customer): Promise<boolean> {
    let isChanged = false
    const kept = await customers.update(`${name}/${key}`, (now) => {
      const after = next(now ?? fresh)
      isChanged = after !== (now ?? fresh)
      return isChanged ? after : now
    })
    roll.hear(key, kept)
    return isChanged
  }

  async function free(...callIds: string[]): Promise<void> {
    await gates.update(name, (gate) => freeSlots(gate, callIds))
  }

  function zonesNow() {
    const now = clock.now()
    const zones = [...roll.zones].map((zone) => [zone, localTime(now, zone)] as const)
    const openZones = new Set(
      zones.flatMap(([zone, time]) => (isCallingTime(options.hours, time) ? [zone] : [])),
    )
    return { openZones, isExpired: zones.every(([, time]) => isPast(options.hours, time)) }
  }

  async function mend(isPaused: boolean, openZones: ReadonlySet<string>): Promise<void> {
    for (const key of [...roll.active]) {
      const now = roll.stateOf(key)
      const listed = list.customers.get(key)
      if (listed === undefined || (now.state !== 'dialling' && now.state !== 'talking')) {
        continue
      }
      const due = overdueCustomer(now, clock.now(), patience)
      const isLate = due === 'give' && !openZones.has(roll.zoneOf(key))
      if (due === 'miss' || isLate) {
        await change(key, (kept) => miss(kept, now.callId, 'unknown', clock.now(), options))
        await free(now.callId)
      } else if (due === 'give' && !isPaused && heldUntil <= clock.now()) {
        await originate(key, listed, now.callId, now.attempts)
      }
    }
    await freeLostSlots()
  }

  async function freeLostSlots(): Promise<void> {
    const gate = (await gates.get(name))?.value
    const active = new Set(
      [...roll.active].map((key) => {
        const now = roll.stateOf(key)
        return 'callId' in now ? now.callId : ''
      }),
    )
    const lost = Object.entries(gate?.slots ?? {}).flatMap(([callId, since]) =>
      !active.has(callId) && clock.now() - since > slotMs ? [callId] : [],
    )
    if (lost.length > 0) {
      await free(...lost)
    }
  }

  async function dialDue(openZones: ReadonlySet<string>): Promise<void> {
    if (openZones.size === 0) {
      return
    }
    for (const key of [...roll.open]) {
      const now = roll.stateOf(key)
      const isDue = now.state === 'waiting' && now.notBeforeAt <= clock.now()
      if (isDue && openZones.has(roll.zoneOf(key)) && !(await dial(key, now.attempts + 1))) {
        return
      }
    }
  }

  /** @returns whether another may be dialled now */
  async function dial(key: string, attempt: number): Promise<boolean> {
    const listed = list.customers.get(key)
    const peace = await reasonForPeace(key, attempt)
    if (listed === undefined || peace !== undefined) {
      await change(key, (now) => end(now, peace ?? 'forbidden'))
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
    return await originate(key, listed, callId, attempt)
  }

  async function take(callId: string): Promise<'taken' | 'held' | 'full'> {
    let outcome: 'taken' | 'held' | 'full' = 'full'
    await gates.update(name, (gate) => {
      const next = takeSlot(gate, callId, clock.now(), options)
      const isHeld = gate !== undefined && Object.hasOwn(gate.slots, callId)
      outcome = next !== gate ? 'taken' : isHeld ? 'held' : 'full'
      return next
    })
    return outcome
  }

  async function reasonForPeace(key: string, attempt: number): Promise<Ending | undefined> {
    if ((await optOuts.get(key)) !== undefined) {
      return 'doNotCall'
    }
    const last = (await asked.get(key))?.value
    const own = Array.from({ length: attempt - 1 }, (_, index) => callIdOf(key, index + 1))
    const isOwn = last !== undefined && own.includes(last.callId)
    return !isOwn && isTooSoon(last?.at, survey.notWithin, clock.now()) ? 'askedBefore' : undefined
  }

  /** Gives an attempt to the engine; again, if need be. @returns whether it goes on like this */
  async function originate(
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
    return await hearRefusal(key, callId, reply.error)
  }

  async function hearRefusal(
    key: string,
    callId: string,
    { code, retryable }: { readonly code: string; readonly retryable: boolean },
  ): Promise<boolean> {
    if (code === 'numberRefused') {
      await change(key, (now) => end(now, 'forbidden'))
      await free(callId)
      return true
    }
    log.warn({ campaign: name, code }, 'the engine does not take the call of a campaign')
    if (retryable) {
      // It may have been carried out: the customer stays claimed, and the same call is given again.
      heldUntil = clock.now() + holdMs
    } else {
      heldUntil = clock.now() + refusedMs
      desk.reportHealth(`campaigns.${name}`, `the engine refuses its calls: ${code}`)
      await change(key, (now) => takeBack(now, callId, heldUntil))
      await free(callId)
    }
    return false
  }

  async function tell(counts: CampaignCounts, isOver: boolean): Promise<void> {
    const mark = (await marks.get(name))?.value ?? {}
    if (mark.loadedList !== listId) {
      await tellLoaded()
      await marks.update(name, (kept) => ({ ...kept, loadedList: listId }))
    }
    if (isOver) {
      if (mark.endedList !== listId) {
        const id = `campaignEnded.${name}.${listId}`
        await means.publish('survey.campaignEnded', {
          id,
          subject: name,
          data: { campaign: name, counts },
        })
        await marks.update(name, (kept) => ({ ...kept, endedList: listId }))
      }
      return
    }
    const period = Math.floor(clock.now() / options.progressEvery)
    if (mark.period !== period && JSON.stringify(mark.progress) !== JSON.stringify(counts)) {
      await means.publish('survey.campaignProgressed', {
        id: `campaignProgressed.${name}.${period}`,
        subject: name,
        data: { campaign: name, counts },
      })
      await marks.update(name, (kept) => ({ ...kept, period, progress: counts }))
    }
  }

  async function tellLoaded(): Promise<void> {
    const { duplicates, doNotCall, faults, namelessColumns } = list
    const customersCount = list.customers.size
    const badLines = faults.length
    if (badLines > 0 || namelessColumns.length > 0) {
      const lines = faults.slice(0, 20).map(({ line, fault }) => `${line} (${fault})`)
      log.warn(
        { campaign: name, badLines, lines, leftOutColumns: namelessColumns },
        'lines or columns of the list of a campaign cannot be used',
      )
    }
    await means.publish('survey.campaignLoaded', {
      id: `campaignLoaded.${name}.${listId}`,
      subject: name,
      data: {
        campaign: name,
        customers: customersCount,
        duplicates,
        doNotCall,
        badLines,
        faults: faults.slice(0, 100),
      },
    })
  }

  const isThrough = (isExpired: boolean) =>
    roll.openCount === 0 || (isExpired && roll.active.size === 0)

  return {
    hear: roll.hear,

    async turn() {
      const { openZones, isExpired } = zonesNow()
      const isPaused = (await pauses.get(name)) !== undefined
      await mend(isPaused, openZones)
      if (!isPaused && heldUntil <= clock.now()) {
        await dialDue(openZones)
      }
      const counts = roll.counts(isExpired)
      figures.campaign(name, counts)
      await tell(counts, isThrough(isExpired))
    },

    async hearDialEnd(key, callId, outcome) {
      await change(key, (now) => hearDialEnd(now, callId, outcome, clock.now(), options))
      if (outcome !== 'answered') {
        await free(callId)
      }
    },

    async hearVerdict(key, callId, verdict) {
      await change(key, (now) => hearVerdict(now, callId, verdict, clock.now(), options))
      await free(callId)
    },

    async status() {
      const { openZones, isExpired } = zonesNow()
      const isPaused = (await pauses.get(name)) !== undefined
      const state = isThrough(isExpired)
        ? 'ended'
        : isPaused
          ? 'paused'
          : openZones.size === 0
            ? 'resting'
            : 'running'
      return { campaign: name, state, ...roll.counts(isExpired) }
    },
  }
}

/** Tells one list from another, and says nothing of it. */
function idOf({ customers, faults }: CustomerList): string {
  const hash = createHash('sha256').update([...customers.keys()].join())
  return hash
    .update(faults.map(({ line }) => line).join())
    .digest('hex')
    .slice(0, 12)
}
