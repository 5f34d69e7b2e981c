import { type EpochMs, type PluginKv, z } from '../../engine/plugin/index.ts'
import type { Arrival, FactRecord } from './facts.ts'

const record = z.record(z.string(), z.string())
/** An answer to a flow, and the sequence number of its event. */
const choice = z.strictObject({ value: z.string(), sequence: z.int() })

/** The stored entry of a call: its state while it lasts, then an end marker. */
export const keptCallSchema = z.union([
  z.strictObject({ endedAt: z.int() }),
  z.strictObject({
    at: z.int(),
    arrival: z
      .object({
        dialled: z.string(),
        caller: z.string(),
        origin: z.enum(['caller', 'callback', 'originate']),
      })
      .optional(),
    chosen: z.record(z.string(), choice),
    found: record,
    lastAgent: z.string().optional(),
  }),
])

export type KeptCall = z.output<typeof keptCallSchema>
export type LiveCall = Exclude<KeptCall, { readonly endedAt: EpochMs }>

/** The results of the look-ups for a call. */
export interface Finding {
  readonly facts: FactRecord
  readonly lastAgent?: string | undefined
}

/**
 * What is known of calls, shared by all replicas, since the events of one call may reach
 * several of them. Every change is idempotent, and a call that is over stays over.
 * Changes resolve to the call's new state, or to undefined if it is over.
 */
export interface CallMemory {
  arrived(
    callId: string,
    arrival: Arrival,
    finding: Finding,
    at: EpochMs,
  ): Promise<LiveCall | undefined>
  found(callId: string, finding: Finding, at: EpochMs): Promise<LiveCall | undefined>
  /** Records an answer. An earlier answer to the same question never replaces a later one. */
  chose(
    callId: string,
    answer: { readonly name: string; readonly value: string; readonly sequence: number },
    at: EpochMs,
  ): Promise<LiveCall | undefined>
  /** Reads a call; undefined when nothing is known of it yet. */
  look(callId: string): Promise<LiveCall | 'over' | undefined>
  /** Replaces the entry of a call by its end marker. */
  ended(callId: string, at: EpochMs): Promise<void>
}

export function createCallMemory(store: PluginKv<KeptCall>): CallMemory {
  async function change(
    callId: string,
    at: EpochMs,
    next: (call: LiveCall) => LiveCall,
  ): Promise<LiveCall | undefined> {
    const kept = await store.update(callId, (current) => {
      if (current !== undefined && 'endedAt' in current) {
        return current
      }
      const changed = next(current ?? { at, chosen: {}, found: {} })
      return JSON.stringify(changed) === JSON.stringify(current) ? current : changed
    })
    return live(kept)
  }

  return {
    arrived: (callId, arrival, finding, at) =>
      change(callId, at, (call) => ({ ...withFinding(call, finding), arrival })),

    found: (callId, finding, at) => change(callId, at, (call) => withFinding(call, finding)),

    chose: (callId, { name, value, sequence }, at) =>
      change(callId, at, (call) =>
        (call.chosen[name]?.sequence ?? 0) > sequence
          ? call
          : { ...call, chosen: { ...call.chosen, [name]: { value, sequence } } },
      ),

    async look(callId) {
      const kept = await store.get(callId)
      return kept === undefined ? undefined : (live(kept.value) ?? 'over')
    },

    async ended(callId, at) {
      await store.update(callId, (current) =>
        live(current) === undefined ? current : { endedAt: at },
      )
    },
  }
}

/** Adds look-up results to what is known of a call. */
export function withFinding(call: LiveCall, { facts, lastAgent }: Finding): LiveCall {
  return {
    ...call,
    found: { ...call.found, ...facts },
    ...(lastAgent !== undefined && { lastAgent }),
  }
}

function live(call: KeptCall | undefined): LiveCall | undefined {
  return call === undefined || 'endedAt' in call ? undefined : call
}
