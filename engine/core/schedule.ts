import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { QueueState, WaitingCall } from './groups.ts'
import type { WaitAction } from './settings.ts'

/** The next instant at which time alone changes something about a waiting call. */
export function nextChangeAt(call: WaitingCall, fairAfterMs: DurationMs): EpochMs | undefined {
  const { queue, requirement, enqueuedAt, enteredAt, preferred, changedAt } = call
  const { ageing, tiers, actions } = queue.settings
  let next = sooner(enqueuedAt + fairAfterMs, changedAt, Number.POSITIVE_INFINITY)
  for (const { afterMs } of requirement.steps) {
    next = sooner(enqueuedAt + afterMs, changedAt, next)
  }
  for (const { afterMs } of ageing.steps) {
    next = sooner(enqueuedAt + afterMs, changedAt, next)
  }
  if (tiers.openAfterMs > 0) {
    const level = levelByTime(queue, changedAt - enqueuedAt)
    if (level < queue.topLevel) {
      next = sooner(enqueuedAt + level * tiers.openAfterMs, changedAt, next)
    }
  }
  if (typeof preferred?.hold === 'number') {
    next = sooner(enqueuedAt + preferred.hold, changedAt, next)
  }
  for (const action of actions) {
    const count = countDue(action, changedAt - enteredAt) + 1
    next = sooner(dueAt(action, count, enteredAt), changedAt, next)
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next
}

/** `at`, if it is after `now` and before `next`; else `next`. */
function sooner(at: EpochMs, now: EpochMs, next: EpochMs): EpochMs {
  return at > now && at < next ? at : next
}

/** The highest level that waiting has opened. */
export function levelByTime({ settings, topLevel }: QueueState, waitedMs: DurationMs): number {
  const { openAfterMs } = settings.tiers
  const level = openAfterMs === 0 ? topLevel : 1 + Math.floor(waitedMs / openAfterMs)
  return Math.min(level, topLevel)
}

interface Due {
  readonly name: string
  readonly count: number
  readonly at: EpochMs
}

/** The actions that became due after `changedAt` and up to `now`, in order. */
export function actionsDue(call: WaitingCall, now: EpochMs): readonly Due[] {
  const { queue, enteredAt, changedAt } = call
  if (queue.settings.actions.length === 0) {
    return []
  }
  const due = queue.settings.actions.flatMap((action) => {
    const [before, until] = [changedAt - enteredAt, now - enteredAt]
    const counts: Due[] = []
    for (let n = countDue(action, before) + 1; n <= countDue(action, until); n += 1) {
      counts.push({ name: action.name, count: n, at: dueAt(action, n, enteredAt) })
    }
    return counts
  })
  return due.sort((a, b) => a.at - b.at)
}

/** How often an action has become due after this time in the queue. */
function countDue({ afterMs, everyMs }: WaitAction, waitedMs: DurationMs): number {
  if (waitedMs < afterMs) {
    return 0
  }
  return everyMs === undefined ? 1 : 1 + Math.floor((waitedMs - afterMs) / everyMs)
}

function dueAt({ afterMs, everyMs }: WaitAction, count: number, enteredAt: EpochMs): EpochMs {
  if (count === 1) {
    return enteredAt + afterMs
  }
  return everyMs === undefined
    ? Number.POSITIVE_INFINITY
    : enteredAt + afterMs + (count - 1) * everyMs
}
