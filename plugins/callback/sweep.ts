import type { Clock, EpochMs, Logger, PluginKv } from '../../engine/plugin/index.ts'
import type { CallMirror } from './call-mirror.ts'
import type { CallNote } from './call-note.ts'
import { decide } from './decide.ts'
import type { Ledger } from './ledger.ts'
import { callsDependedOn, isLive, type NumberRecord } from './obligation.ts'
import type { RecordInput, Rules } from './record-input.ts'

/** What a sweep works on. */
export interface SweepPorts {
  readonly ledger: Ledger
  readonly notes: PluginKv<CallNote>
  readonly rules: Rules
  readonly clock: Clock
  readonly log: Logger
  /** Local copies of the stores; they lag behind by changes in flight. */
  readonly records: ReadonlyMap<string, NumberRecord>
  readonly calls: CallMirror
}

const timePassed: RecordInput = { type: 'timePassed' }

/**
 * Goes through all records once: begins and ends what is due, places contacts again, and
 * finishes what a crash left half done. Safe to run beside other replicas' sweeps.
 *
 * @returns whether the engine answers
 */
export async function sweep(ports: SweepPorts): Promise<boolean> {
  const { ledger, notes, rules, clock, log } = ports
  let isEngineAsked = true
  let failures = 0
  for (const [number, record] of ports.records) {
    const inputs = [...readCalls(record, ports.calls), timePassed]
    if (needsCare(record, inputs, clock.now(), rules)) {
      try {
        const answer = await ledger.refresh(number, inputs, isEngineAsked)
        // One unanswered command is enough: the others would only time out as well.
        isEngineAsked = isEngineAsked && answer === 'answers'
      } catch {
        failures += 1
      }
    }
  }
  if (failures > 0) {
    log.warn({ failures }, 'some callbacks could not be updated; the next sweep tries again')
  }
  for (const callId of ports.calls.forgettable(clock.now())) {
    await notes.delete(callId)
  }
  return isEngineAsked
}

/**
 * Inputs from calls that may have arrived too early to count: before the obligation that they
 * settle existed, or before the record depended on them.
 */
function readCalls(record: NumberRecord, calls: CallMirror): readonly RecordInput[] {
  const { number } = record
  return [
    ...callsDependedOn(record).flatMap((callId) => calls.about(callId, number)),
    ...(isLive(record.obligation) ? calls.settling(number) : []),
  ]
}

/** True when a number needs attention; other records are not even read. */
function needsCare(
  record: NumberRecord,
  inputs: readonly RecordInput[],
  now: EpochMs,
  rules: Rules,
): boolean {
  const { obligation, unsaid, gifts, retired } = record
  return (
    obligation.state.type === 'attempt' ||
    unsaid.length > 0 ||
    gifts.length > 0 ||
    retired !== undefined ||
    inputs.some((input) => decide(record, input, now, rules) !== record)
  )
}
