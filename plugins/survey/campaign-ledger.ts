import type { DurationMs } from '../../engine/plugin/index.ts'
import type { CampaignParts } from './campaign-parts.ts'
import { type Customer, fresh } from './customer.ts'
import { freeSlots, takeSlot } from './gate.ts'
import type { RollCall } from './roll-call.ts'

/** The state of a campaign that replicas share, changed by compare-and-set. */
export interface CampaignLedger {
  /** Changes the state of a customer. @returns whether this call changed it */
  change(key: string, next: (now: Customer) => Customer): Promise<boolean>
  /** Takes a slot. `held`: this call already has one. `full`: none is free now. */
  take(callId: string): Promise<'taken' | 'held' | 'full'>
  free(...callIds: string[]): Promise<void>
  /** Frees slots of calls that were never made because their replica died. */
  freeLost(): Promise<void>
}

/** How long a slot may be taken without its customer being claimed. */
const slotMs: DurationMs = 30_000

export function createLedger(
  { name, options, stores, desk }: CampaignParts,
  roll: RollCall,
): CampaignLedger {
  const { customers, gates } = stores
  const { clock } = desk

  async function change(key: string, next: (now: Customer) => Customer): Promise<boolean> {
    let isChanged = false
    const kept = await customers.update(`${name}/${key}`, (now) => {
      const after = next(now ?? fresh)
      isChanged = after !== (now ?? fresh)
      return isChanged ? after : now
    })
    roll.update(key, kept)
    return isChanged
  }

  async function free(...callIds: string[]): Promise<void> {
    await gates.update(name, (gate) => freeSlots(gate, callIds))
  }

  async function take(callId: string): Promise<'taken' | 'held' | 'full'> {
    let outcome: 'taken' | 'held' | 'full' = 'full'
    await gates.update(name, (gate) => {
      const next = takeSlot(gate, callId, clock.now(), options)
      const isHeld = gate !== undefined && Object.hasOwn(gate.slots, callId)
      outcome = next !== gate ? 'taken' : isHeld ? 'held' : 'full'
      return next
    })
    return outcome
  }

  async function freeLost(): Promise<void> {
    const gate = (await gates.get(name))?.value
    const active = new Set(
      [...roll.active].map((key) => {
        const now = roll.stateOf(key)
        return 'callId' in now ? now.callId : ''
      }),
    )
    const lost = Object.entries(gate?.slots ?? {}).flatMap(([callId, since]) =>
      !active.has(callId) && clock.now() - since > slotMs ? [callId] : [],
    )
    if (lost.length > 0) {
      await free(...lost)
    }
  }

  return { change, take, free, freeLost }
}
