import { type CommandInput, createOpening, normaliseNumber } from '../../engine/plugin/index.ts'
import type { CallRules } from './call-note.ts'
import { formatNumber } from './dial-format.ts'
import type { AttemptOutcome } from './obligation.ts'
import type { Options } from './options.ts'
import type { Rules } from './record-input.ts'

const defaultAbandonedAfterMs = 10_000

/** The input of `callback.place` that the options decide. */
export type Dialling = Pick<
  CommandInput<'callback.place'>,
  'number' | 'priority' | 'callerId' | 'ringMs' | 'first'
>

/** The options in the form that the rules need. */
export interface Settings {
  readonly calls: CallRules
  rules(isBarred: (number: string) => boolean): Rules
  dialling(number: string, queue: string): Dialling
}

/** Turns the options into rules. Settings of a queue override the general ones. */
export function readSettings(options: Options): Settings {
  const { queues, spacing } = options
  const normalise = (raw: string) => normaliseNumber(raw, options.numbers)
  const general = options.hours && createOpening(options.hours, options.hours.timeZone)
  const byQueue = new Map(
    Object.entries(queues ?? {}).flatMap(([queue, { hours }]) =>
      hours === undefined ? [] : [[queue, createOpening(hours, hours.timeZone)] as const],
    ),
  )

  function openAt(queue: string, at: number): number | undefined {
    const opening = byQueue.get(queue) ?? general
    return opening === undefined ? at : opening.nextAt(at)
  }

  function spacingMs(outcome: AttemptOutcome): number {
    switch (outcome) {
      case 'busy':
      case 'declined':
      case 'noAnswer':
      case 'machine':
        return spacing[outcome]
      default:
        return spacing.other
    }
  }

  return {
    calls: {
      normalise,
      requests: options.requests,
      homeQueue: (queue) => queues?.[queue]?.returnTo ?? queue,
      owes(owedFor, queue, waitMs) {
        const own = queues?.[queue]
        const isOwing = queues === undefined || own?.owes === true
        const minWaitMs = own?.abandonedAfter ?? options.abandonedAfter ?? defaultAbandonedAfterMs
        const isLong = owedFor !== 'abandoned' || waitMs >= minWaitMs
        return isOwing && isLong && options.owes.some((source) => source === owedFor)
      },
    },
    rules: (isBarred) => ({
      attempts: options.attempts,
      spacingMs,
      expireAfterMs: options.expireAfter,
      keepForMs: options.keepFor,
      isBarred,
      openAt,
    }),
    dialling(number, queue) {
      const own = queues?.[queue]
      const priority = own?.priority ?? options.priority
      const callerId = own?.callerId ?? options.callerId
      const ringMs = own?.ringFor ?? options.ringFor
      const first = own?.first ?? options.first
      return {
        number: formatNumber(number, options.dialFormat, options.numbers),
        ...(priority !== undefined && { priority }),
        ...(callerId !== undefined && { callerId }),
        ...(ringMs !== undefined && { ringMs }),
        ...(first !== undefined && { first }),
      }
    },
  }
}
