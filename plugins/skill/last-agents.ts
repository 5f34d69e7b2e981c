import {
  type Clock,
  type DurationMs,
  type EpochMs,
  numberKey,
  type PluginKv,
  z,
} from '../../engine/plugin/index.ts'
import { forgetOver } from './forget.ts'

/** The agent who last talked to a caller, and when. */
export const lastAgentSchema = z.strictObject({ agent: z.string(), at: z.int() })
export type LastAgent = z.output<typeof lastAgentSchema>

/** Remembers which agent last talked to which caller. Numbers are stored as hashes. */
export interface LastAgents {
  /** Undefined if there was no conversation, or it was too long ago. */
  find(caller: string): Promise<string | undefined>
  /** Remembers a conversation, unless a later one is known. */
  talked(caller: string, agent: string, at: EpochMs): Promise<void>
  /** Removes what is older than `keepForMs`. */
  forget(): Promise<number>
}

export function createLastAgents(
  store: PluginKv<LastAgent>,
  {
    tenant,
    clock,
    keepForMs,
  }: { readonly tenant: string; readonly clock: Clock; readonly keepForMs: DurationMs },
): LastAgents {
  const isOver = ({ at }: LastAgent) => at + keepForMs <= clock.now()

  return {
    async find(caller) {
      const kept = await store.get(numberKey(tenant, caller))
      return kept === undefined || isOver(kept.value) ? undefined : kept.value.agent
    },

    async talked(caller, agent, at) {
      await store.update(numberKey(tenant, caller), (current) =>
        current !== undefined && current.at >= at ? current : { agent, at },
      )
    },

    forget: () => forgetOver(store, isOver),
  }
}
