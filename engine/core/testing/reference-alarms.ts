import type { EpochMs } from '../../catalogue/ids.ts'
import type { Caller, Person } from './reference-rules.ts'

type AlarmKind = 'maxWait' | 'unstaffed' | 'change' | 'refusal' | 'lease' | 'agent'

interface Alarm {
  readonly at: EpochMs
  readonly of: Caller | Person
  readonly kind: AlarmKind
  readonly ring: () => void
}

/** The deadlines of the reference, in the order in which they were set. */
export class Alarms {
  #alarms: readonly Alarm[] = []

  set(at: EpochMs, of: Caller | Person, kind: AlarmKind, ring: () => void): void {
    this.#alarms = [...this.#alarms, { at, of, kind, ring }]
  }

  cancel(of: Caller | Person, ...kinds: readonly AlarmKind[]): void {
    this.#alarms = this.#alarms.filter((alarm) => alarm.of !== of || !kinds.includes(alarm.kind))
  }

  /** The alarm of an agent, who has one at most. */
  of(person: Person): Alarm | undefined {
    return this.#alarms.find((alarm) => alarm.of === person)
  }

  /** The earliest; of several at one instant the one that was set first. */
  next(): Alarm | undefined {
    let earliest = this.#alarms[0]
    for (const alarm of this.#alarms) {
      earliest = earliest === undefined || alarm.at < earliest.at ? alarm : earliest
    }
    return earliest
  }

  /** Rings all up to `now`, including those set on the way. */
  ringUntil(now: EpochMs): void {
    for (let next = this.next(); next !== undefined && next.at <= now; next = this.next()) {
      const reached = next
      this.#alarms = this.#alarms.filter((alarm) => alarm !== reached)
      reached.ring()
    }
  }
}
