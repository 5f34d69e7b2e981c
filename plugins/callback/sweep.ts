import type { Clock, EpochMs, Logger, PluginKv } from '../../engine/plugin/index.ts'
import type { CallMirror } from './call-mirror.ts'
import type { CallNote } from './call-note.ts'
import { decide } from './decide.ts'
import type { Fact, Rules } from './fact.ts'
import type { Ledger } from './ledger.ts'
import { callsCountedOn, isLive, type NumberRecord } from './obligation.ts'

/** What a sweep looks at. */
export interface SweepPorts {
  readonly ledger: Ledger
  readonly notes: PluginKv<CallNote>
  readonly rules: Rules
  readonly clock: Clock
  readonly log: Logger
  /** Copies of what is kept; late by what is on its way. */
  readonly records: ReadonlyMap<string, NumberRecord>
  readonly calls: CallMirror
}

const timePassed: Fact = { type: 'timePassed' }

/**
 * Looks at everything once: what is due begins, what is over ends, what was
 * placed is placed again, and what a crash left half done is done. Harmless
 * beside another sweep.
 *
 * @returns whether the engine answers
 */
export async function sweep(ports: SweepPorts): Promise<boolean> {
  const { ledger, notes, rules, clock, log } = ports
  let isEngineAsked = true
  let failures = 0
  for (const [number, record] of ports.records) {
    const facts = [...readCalls(record, ports.calls), timePassed]
    if (needsCare(record, facts, clock.now(), rules)) {
      try {
        const answer = await ledger.refresh(number, facts, isEngineAsked)
        // One unanswered command tells enough: each of the others would be waited for in vain.
        isEngineAsked = isEngineAsked && answer === 'answers'
      } catch {
        failures += 1
      }
    }
  }
  if (failures > 0) {
    log.warn({ failures }, 'obligations could not be looked after; they will be again')
  }
  for (const callId of ports.calls.forgettable(clock.now())) {
    await notes.delete(callId)
  }
  return isEngineAsked
}

/**
 * What calls say that may have been heard in vain: before the debt that they settle was known, or
 * before they were counted on.
 */
function readCalls(record: NumberRecord, calls: CallMirror): readonly Fact[] {
  const { number } = record
  return [
    ...callsCountedOn(record).flatMap((callId) => calls.about(callId, number)),
    ...(isLive(record.obligation) ? calls.settling(number) : []),
  ]
}

/** True when something is to be done for a number; the rest is not even read. */
function needsCare(
  record: NumberRecord,
  facts: readonly Fact[],
  now: EpochMs,
  rules: Rules,
): boolean {
  const { obligation, unsaid, gifts, retired } = record
  return (
    obligation.state.type === 'attempt' ||
    unsaid.length > 0 ||
    gifts.length > 0 ||
    retired !== undefined ||
    facts.some((fact) => decide(record, fact, now, rules) !== record)
  )
}
