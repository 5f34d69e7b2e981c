import type { Envelope } from '../catalogue/envelope.ts'
import type { EpochMs } from '../catalogue/ids.ts'
import { AgentHistory, type RecordedAgents } from './agent-history.ts'
import { CallHistory, type RecordedCall } from './call-history.ts'
import type { CountedEvent } from './day-figures.ts'
import { readRecorded, unknownFields } from './recorded-event.ts'

/** A recorded day, ready to be replayed. */
export interface RecordedDay {
  readonly startAt: EpochMs
  readonly endAt: EpochMs
  /** In the order of arrival. */
  readonly calls: readonly RecordedCall[]
  readonly agents: RecordedAgents
  readonly unknown: UnknownCounts
}

/** What was ignored because this version does not know it. */
export interface UnknownCounts {
  /** Events, by type. */
  readonly types: ReadonlyMap<string, number>
  /** Fields, by `TYPE.FIELD`. */
  readonly fields: ReadonlyMap<string, number>
}

/** Rebuilds a tenant's day from its events, which must come in the order of the stream. */
export class Recording {
  readonly #tenant: string
  readonly #calls: CallHistory
  readonly #agents = new AgentHistory()
  readonly #unknownTypes = new Map<string, number>()
  readonly #unknownFields = new Map<string, number>()

  #startAt = Number.POSITIVE_INFINITY
  #endAt = 0

  /** @param count takes the events that figures are made of. A call that is found again in its queue is counted once */
  constructor(tenant: string, count: (event: CountedEvent) => void) {
    this.#tenant = tenant
    this.#calls = new CallHistory({
      count,
      responded: (agentId, response) => this.#agents.responded(agentId, response),
    })
  }

  /** @throws SwitchyardError SY_BUS_INVALID when an event lacks a field that the day is rebuilt from */
  add(envelope: Envelope, line: number): void {
    if (envelope.tenant !== this.#tenant) {
      return
    }
    const fields = unknownFields(envelope)
    if (fields === undefined) {
      increase(this.#unknownTypes, envelope.type)
      return
    }
    for (const field of fields) {
      increase(this.#unknownFields, `${envelope.type}.${field}`)
    }
    const event = readRecorded(envelope, line)
    if (event !== undefined) {
      this.#startAt = Math.min(this.#startAt, event.data.at)
      this.#endAt = Math.max(this.#endAt, event.data.at)
      if (event.type === 'agent.stateChanged') {
        this.#agents.take(event.data)
      } else {
        this.#calls.take(event)
      }
    }
  }

  /** The day, or undefined when there was no call in it. */
  end(): RecordedDay | undefined {
    const calls = this.#calls.end(this.#endAt)
    if (calls.length === 0) {
      return undefined
    }
    return {
      startAt: this.#startAt,
      endAt: this.#endAt,
      calls,
      agents: this.#agents.end(),
      unknown: { types: this.#unknownTypes, fields: this.#unknownFields },
    }
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
