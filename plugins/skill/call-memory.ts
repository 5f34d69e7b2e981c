import { type EpochMs, type PluginKv, z } from '../../engine/plugin/index.ts'
import type { Arrival, FactRecord } from './facts.ts'

const record = z.record(z.string(), z.string())

/** What is kept of a call while it lasts, and for a while that it is over. */
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
    chosen: record,
    found: record,
    lastAgent: z.string().optional(),
  }),
])

export type KeptCall = z.output<typeof keptCallSchema>
export type LiveCall = Exclude<KeptCall, { readonly endedAt: EpochMs }>

/** What was looked up of a call. */
export interface Finding {
  readonly facts: FactRecord
  readonly lastAgent?: string | undefined
}

/**
 * What is known of calls, for all replicas: the events of one call may reach
 * several. Each change is the same when it is made again, and a call that is
 * over stays over. All resolve to the call as it is now; undefined once it is over.
 */
export interface CallMemory {
  arrived(
    callId: string,
    arrival: Arrival,
    finding: Finding,
    at: EpochMs,
  ): Promise<LiveCall | undefined>
  found(callId: string, finding: Finding, at: EpochMs): Promise<LiveCall | undefined>
  chose(callId: string, name: string, value: string, at: EpochMs): Promise<LiveCall | undefined>
  get(callId: string): Promise<LiveCall | undefined>
  /** Forgets what was known, and keeps that it is over. */
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

    chose: (callId, name, value, at) =>
      change(callId, at, (call) => ({ ...call, chosen: { ...call.chosen, [name]: value } })),

    async get(callId) {
      return live((await store.get(callId))?.value)
    },

    async ended(callId, at) {
      await store.update(callId, (current) =>
        live(current) === undefined ? current : { endedAt: at },
      )
    },
  }
}

function withFinding(call: LiveCall, { facts, lastAgent }: Finding): LiveCall {
  return {
    ...call,
    found: { ...call.found, ...facts },
    ...(lastAgent !== undefined && { lastAgent }),
  }
}

function live(call: KeptCall | undefined): LiveCall | undefined {
  return call === undefined || 'endedAt' in call ? undefined : call
}
