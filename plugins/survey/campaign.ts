import type { DurationMs, EventData } from '../../engine/plugin/index.ts'
import { isCallingTime, isPast, localTime } from './calling-hours.ts'
import { createDialler } from './campaign-dial.ts'
import { createLedger } from './campaign-ledger.ts'
import { createNews } from './campaign-news.ts'
import type { CampaignParts } from './campaign-parts.ts'
import {
  type Customer,
  hearDialEnd,
  hearVerdict,
  miss,
  overdueCustomer,
  type Patience,
} from './customer.ts'
import type { CampaignCounts } from './plugin-events.ts'
import { createRollCall } from './roll-call.ts'
import type { Verdict } from './verdict.ts'

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

/** Creates it; nobody is dialled before the first turn. */
export function createCampaign(parts: CampaignParts): Campaign {
  const { name, options, survey, list, stores, desk } = parts
  const { clock, figures } = desk
  const roll = createRollCall(list, options)
  const ledger = createLedger(parts, roll)
  const dialler = createDialler(parts, ledger)
  const tell = createNews(parts)
  const patience: Patience = {
    givenMs,
    diallingMs: options.ring + wordMs,
    talkingMs: survey.timeLimit + talkMs,
  }

  function zonesNow() {
    const now = clock.now()
    const zones = [...roll.zones].map((zone) => [zone, localTime(now, zone)] as const)
    const openZones = new Set(
      zones.flatMap(([zone, time]) => (isCallingTime(options.hours, time) ? [zone] : [])),
    )
    return { openZones, isExpired: zones.every(([, time]) => isPast(options.hours, time)) }
  }

  function isAnyoneAwake(openZones: ReadonlySet<string>): boolean {
    return openZones.size > 0 && [...roll.open].some((key) => openZones.has(roll.zoneOf(key)))
  }

  async function mend(isPaused: boolean, openZones: ReadonlySet<string>): Promise<void> {
    for (const key of [...roll.active]) {
      const now = roll.stateOf(key)
      if (now.state !== 'dialling' && now.state !== 'talking') {
        continue
      }
      const due = overdueCustomer(now, clock.now(), patience)
      const isLate = due === 'give' && !openZones.has(roll.zoneOf(key))
      if (due === 'miss' || isLate) {
        await ledger.change(key, (kept) => miss(kept, now.callId, 'unknown', clock.now(), options))
        await ledger.free(now.callId)
      } else if (due === 'give' && !isPaused && !dialler.isHeld) {
        await dialler.originate(key, now.callId, now.attempts)
      }
    }
    await ledger.freeLost()
  }

  async function dialDue(openZones: ReadonlySet<string>): Promise<void> {
    if (openZones.size === 0) {
      return
    }
    for (const key of [...roll.open]) {
      const now = roll.stateOf(key)
      const isDue = now.state === 'waiting' && now.notBeforeAt <= clock.now()
      if (
        isDue &&
        openZones.has(roll.zoneOf(key)) &&
        !(await dialler.dial(key, now.attempts + 1))
      ) {
        return
      }
    }
  }

  const isThrough = (isExpired: boolean) =>
    roll.openCount === 0 || (isExpired && roll.active.size === 0)

  return {
    hear: roll.hear,

    async turn() {
      const { openZones, isExpired } = zonesNow()
      const isPaused = (await stores.pauses.get(name)) !== undefined
      await mend(isPaused, openZones)
      if (!isPaused && !dialler.isHeld) {
        await dialDue(openZones)
      }
      const counts = roll.counts(isExpired)
      figures.campaign(name, counts)
      await tell(counts, isThrough(isExpired))
    },

    async hearDialEnd(key, callId, outcome) {
      await ledger.change(key, (now) => hearDialEnd(now, callId, outcome, clock.now(), options))
      if (outcome !== 'answered') {
        await ledger.free(callId)
      }
    },

    async hearVerdict(key, callId, verdict) {
      await ledger.change(key, (now) => hearVerdict(now, callId, verdict, clock.now(), options))
      await ledger.free(callId)
    },

    async status() {
      const { openZones, isExpired } = zonesNow()
      const isPaused = (await stores.pauses.get(name)) !== undefined
      const state = isThrough(isExpired)
        ? 'ended'
        : isPaused
          ? 'paused'
          : !isAnyoneAwake(openZones)
            ? 'resting'
            : 'running'
      return { campaign: name, state, ...roll.counts(isExpired) }
    },
  }
}
