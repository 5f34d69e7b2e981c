import type { DurationMs, EpochMs } from '../engine/catalogue/ids.ts'
import { createFreeSwitch, type FreeSwitchOptions } from '../engine/esl/free-switch.ts'
import type { Switch } from '../engine/switch/switch.ts'

/** The time to a call's first offer. */
export interface Span {
  /** The switch's timestamp of `park`. */
  readonly parkedAt: EpochMs
  /** From `park` to the engine sending the offer. */
  readonly ms: DurationMs
}

export interface Spread {
  readonly p50: DurationMs
  readonly p99: DurationMs
  readonly max: DurationMs
}

/** Creates a stopwatch that times each call from the switch's timestamp of `park` to its first offer. */
export function createStopwatch() {
  const parkedAt = new Map<string, number>()
  const spans: Span[] = []
  /** Creates the adapter to a switch, with the stopwatch attached. */
  const createSwitch = (options: FreeSwitchOptions): Switch => {
    const inner = createFreeSwitch(options)
    return {
      id: inner.id,
      stop: () => inner.stop(),
      snapshot: (...args) => inner.snapshot(...args),
      start: (observer) =>
        inner.start({
          connected: () => observer.connected(),
          disconnected: (error) => observer.disconnected(error),
          event(event) {
            if (event.type === 'callParked') {
              parkedAt.set(event.callId, event.at)
            }
            observer.event(event)
          },
        }),
      send(command, done) {
        inner.send(command, done)
        const at = command.type === 'offer' ? parkedAt.get(command.callId) : undefined
        if (command.type === 'offer' && at !== undefined) {
          spans.push({ parkedAt: at, ms: Date.now() - at })
          parkedAt.delete(command.callId)
        }
      },
    }
  }
  return { createSwitch, spans: spans as readonly Span[] }
}

/** The distribution of the spans. All zero without spans. */
export function spreadOf(spans: readonly Span[]): Spread {
  const sorted = spans.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
