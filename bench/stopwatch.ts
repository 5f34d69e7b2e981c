import type { DurationMs, EpochMs } from '../engine/catalogue/ids.ts'
import { createFreeSwitch, type FreeSwitchOptions } from '../engine/esl/free-switch.ts'
import type { Switch } from '../engine/switch/switch.ts'

/** One call's way to its first offer. */
export interface Span {
  /** The switch's own stamp on `park`. */
  readonly parkedAt: EpochMs
  /** From there to the engine's offer leaving. */
  readonly ms: DurationMs
}

export interface Spread {
  readonly p50: DurationMs
  readonly p99: DurationMs
  readonly max: DurationMs
}

/** Times each call from the switch's stamp on its `park` to its first offer. */
export function createStopwatch() {
  const parkedAt = new Map<string, number>()
  const spans: Span[] = []
  /** Makes the line to a switch, watched. */
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

/** Zero in all when there is nothing to measure. */
export function spreadOf(spans: readonly Span[]): Spread {
  const sorted = spans.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
