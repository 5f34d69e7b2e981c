import type { AgentId, CallId, LegId, OfferId, QueueId } from '../catalogue/ids.ts'

/** Names for tests, each of its own kind. */
export const ids = {
  call: (id: string) => id as CallId,
  leg: (id: string) => id as LegId,
  offer: (id: string) => id as OfferId,
  agent: (id: string) => id as AgentId,
  queue: (id: string) => id as QueueId,
}
