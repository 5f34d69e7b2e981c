import type { DurationMs, EventData } from '../../engine/plugin/index.ts'
import { createCallingHours } from './calling-hours.ts'
import { createDialler } from './campaign-dial.ts'
import { createLedger } from './campaign-ledger.ts'
import { createNews } from './campaign-news.ts'
import type { CampaignParts } from './campaign-parts.ts'
import {
  type Customer,
  handleDialEnd,
  handleVerdict,
  miss,
  overdueCustomer,
  type Patience,
} from './customer.ts'
import type { CampaignCounts } from './plugin-events.ts'
import { createRollCall } from './roll-call.ts'
import type { Verdict } from './verdict.ts'

/** The status of a campaign. */
export interface CampaignStatus extends CampaignCounts {
  readonly campaign: string
  /** `resting`: outside the hours in every time zone. */
  readonly state: 'running' | 'resting' | 'paused' | 'ended'
}

/** A campaign run by this replica. The other replicas do the same; the shared state keeps them apart. */
export interface Campaign {
  /** Takes over the stored state of a customer. */
  update(key: string, now: Customer | undefined): void
  /** Settles overdue attempts, dials customers who are due, and publishes progress. */
  turn(): Promise<void>
  handleDialEnd(
    key: string,
    callId: string,
    outcome: EventData<'call.dialEnded'>['outcome'],
  ): Promise<void>
  handleVerdict(key: string, callId: string, verdict: Verdict): Promise<void>
  status(): Promise<CampaignStatus>
}

/** After this time an attempt that the engine has not confirmed is given again. */
const givenMs: DurationMs = 5_000
/** How long after the ring time the outcome of a dial is waited for. */
const outcomeGraceMs: DurationMs = 60_000
const talkMs: DurationMs = 300_000

/** Creates a campaign; nobody is dialled before the first turn. */
export function createCampaign(parts: CampaignParts): Campaign {
  const { name, options, survey, list, stores, desk } = parts
  const { clock, figures } = desk
  const roll = createRollCall(list, options, desk.options.numbers)
  const ledger = createLedger(parts, roll)
  const dialler = createDialler(parts, ledger)
  const publishProgress = createNews(parts)
  const hours = createCallingHours(options.hours)
  const patience: Patience = {
    givenMs,
    diallingMs: options.ring + outcomeGraceMs,
    talkingMs: survey.timeLimit + talkMs,
  }

  function zonesNow() {
    const now = clock.now()
    const zones = [...roll.zones]
    return {
      openZones: new Set(zones.filter((zone) => hours.isOpen(now, zone))),
      isExpired: zones.every((zone) => hours.isPast(now, zone)),
    }
  }

  function isAnyoneCallable(openZones: ReadonlySet<string>): boolean {
    return openZones.size > 0 && [...roll.open].some((key) => openZones.has(roll.zoneOf(key)))
  }

  async function settleOverdue(isPaused: boolean, openZones: ReadonlySet<string>): Promise<void> {
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
    update: roll.update,

    async turn() {
      const { openZones, isExpired } = zonesNow()
      const isPaused = (await stores.pauses.get(name)) !== undefined
      await settleOverdue(isPaused, openZones)
      if (!isPaused && !dialler.isHeld) {
        await dialDue(openZones)
      }
      const counts = roll.counts(isExpired)
      figures.campaign(name, counts)
      await publishProgress(counts, isThrough(isExpired))
    },

    async handleDialEnd(key, callId, outcome) {
      await ledger.change(key, (now) => handleDialEnd(now, callId, outcome, clock.now(), options))
      if (outcome !== 'answered') {
        await ledger.free(callId)
      }
    },

    async handleVerdict(key, callId, verdict) {
      await ledger.change(key, (now) => handleVerdict(now, callId, verdict, clock.now(), options))
      await ledger.free(callId)
    },

    async status() {
      const { openZones, isExpired } = zonesNow()
      const isPaused = (await stores.pauses.get(name)) !== undefined
      const state = isThrough(isExpired)
        ? 'ended'
        : isPaused
          ? 'paused'
          : !isAnyoneCallable(openZones)
            ? 'resting'
            : 'running'
      return { campaign: name, state, ...roll.counts(isExpired) }
    },
  }
}
