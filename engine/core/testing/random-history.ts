import type { DurationMs, EpochMs } from '../../catalogue/ids.ts'
import type { AcdEffect, AcdEvent } from '../event.ts'
import { Observer, type Played } from './observer.ts'
import { randomEvent } from './random-events.ts'
import { createTenant, type TenantDice } from './random-tenant.ts'
import { pick, roll } from './roll.ts'

/** What a player needs of a core. */
export interface Core {
  handle(event: AcdEvent, now: EpochMs): readonly AcdEffect[]
  nextWakeAt(): EpochMs | undefined
}

/** A random history: a tenant, and a die for each step. */
export interface HistoryDice {
  readonly tenant: TenantDice
  readonly steps: readonly number[]
}

/**
 * How time passes. `stalling`: deadlines are reached with the next event, however late that is.
 * `asWoken`: just as late, but by a `timePassed` of its own before the event. `punctual`: each
 * deadline at its instant. `backAndForth`: as `stalling`, and at times the clock is set back.
 */
export type Pace = 'stalling' | 'asWoken' | 'punctual' | 'backAndForth'

/** Later deadlines are not jumped to: too much would be over by then. */
const farOffMs: DurationMs = 10_000

/**
 * Plays dice on a core, one step at a time. Each step depends on the effects of the steps before.
 */
export function* play(
  core: Core,
  { tenant, steps }: HistoryDice,
  startAt: EpochMs,
  pace: Pace,
): Generator<Played> {
  const observer = new Observer(createTenant(tenant))
  const step = (event: AcdEvent, at: EpochMs): Played => {
    const played = { event, at, effects: core.handle(event, at) }
    observer.observe(played)
    return played
  }
  let at = startAt
  let dice = tenant
  for (const [index, die] of steps.entries()) {
    const wakeAt = core.nextWakeAt() ?? at
    const isWoken = roll(die, 0, 4) === 1 && wakeAt >= at && wakeAt < at + farOffMs
    const until = isWoken ? wakeAt : at + gapMs(die, pace)
    if (pace === 'punctual') {
      for (let next = core.nextWakeAt(); next !== undefined && next <= until; ) {
        at = Math.max(at, next)
        yield step({ type: 'timePassed' }, at)
        next = core.nextWakeAt()
      }
    }
    at = until
    if (pace === 'asWoken') {
      yield step({ type: 'timePassed' }, at)
    }
    if (roll(die, 2, 60) === 1) {
      dice = changeTenant(dice, die)
      yield step({ type: 'settingsChanged', settings: createTenant(dice) }, at)
    } else {
      yield step(randomEvent({ die, seen: observer, at, index }), at)
    }
  }
}

/** Half of the instants are round, so that they coincide with deadlines. */
function gapMs(die: number, pace: Pace): DurationMs {
  if (pace === 'backAndForth' && roll(die, 3, 6) === 1) {
    return -500 * roll(die, 4, 30)
  }
  return pick(die, 5, [
    () => 0,
    () => 0,
    () => 500 * roll(die, 6, 3),
    () => 500 * roll(die, 6, 3),
    () => roll(die, 6, 1_000),
    () => roll(die, 6, 1_000),
    () => 500 * roll(die, 6, 14),
  ])()
}

/** The same tenant, or one with a part changed, removed, or added again. */
function changeTenant(dice: TenantDice, die: number): TenantDice {
  const { rules, queues, agents } = dice
  const next = pick(die, 10, [undefined, die, die + 1])
  switch (roll(die, 11, 4)) {
    case 0:
      return dice
    case 1:
      return { ...dice, rules: rules + die }
    case 2:
      return { ...dice, queues: queues.with(roll(die, 12, queues.length), next) }
    default:
      return { ...dice, agents: agents.with(roll(die, 12, agents.length), next) }
  }
}
