import { createPrefixTable, type NumberPlan } from '../../engine/plugin/index.ts'
import type { CampaignOptions } from './campaign-options.ts'
import { type Customer, fresh } from './customer.ts'
import type { CampaignCounts } from './plugin-events.ts'
import type { CustomerList } from './read-list.ts'

/** The state of every customer on a list, as far as this replica knows. */
export interface RollCall {
  /** Takes over the stored state of a customer; undefined if there is none. */
  update(key: string, now: Customer | undefined): void
  stateOf(key: string): Customer
  /** Customers who are not finished, in the order of the list. */
  readonly open: Iterable<string>
  readonly openCount: number
  /** Customers who are being dialled or are on the phone. */
  readonly active: ReadonlySet<string>
  zoneOf(key: string): string
  /** The time zones of all customers. */
  readonly zones: ReadonlySet<string>
  /** @param isExpired whether the last day is over, so that waiting customers count as expired */
  counts(isExpired: boolean): CampaignCounts
}

const reached = ['answered', 'partial', 'refused', 'optedOut', 'hungUp'] as const
const states = [
  'waiting',
  'dialling',
  'talking',
  ...reached,
  'unreached',
  'doNotCall',
  'askedBefore',
  'forbidden',
] as const
type Label = (typeof states)[number]

/** Creates it with all customers waiting. */
export function createRollCall(
  { customers }: CustomerList,
  { timeZone, timeZones }: Pick<CampaignOptions, 'timeZone' | 'timeZones'>,
  numbers: NumberPlan,
): RollCall {
  const zoneByNumber = createPrefixTable(timeZones, numbers)
  const known = new Map<string, Customer>()
  const open = new Set(customers.keys())
  const active = new Set<string>()
  const zoneByKey = new Map(
    [...customers].map(([key, listed]) => [
      key,
      listed.timeZone ?? zoneByNumber(listed.number) ?? timeZone,
    ]),
  )
  const tally = new Map<Label, number>(states.map((state) => [state, 0]))
  tally.set('waiting', customers.size)

  function count(label: Label, by: number): void {
    tally.set(label, (tally.get(label) ?? 0) + by)
  }

  function put(set: Set<string>, key: string, isIn: boolean): void {
    if (isIn) {
      set.add(key)
    } else {
      set.delete(key)
    }
  }

  return {
    update(key, now) {
      if (customers.has(key)) {
        count(labelOf(known.get(key) ?? fresh), -1)
        count(labelOf(now ?? fresh), 1)
        put(open, key, now?.state !== 'ended')
        put(active, key, now?.state === 'dialling' || now?.state === 'talking')
        if (now === undefined) {
          known.delete(key)
        } else {
          known.set(key, now)
        }
      }
    },
    stateOf: (key) => known.get(key) ?? fresh,
    open,
    get openCount() {
      return open.size
    },
    active,
    zoneOf: (key) => zoneByKey.get(key) ?? timeZone,
    zones: new Set(zoneByKey.values()),
    counts(isExpired) {
      const of = (label: Label) => tally.get(label) ?? 0
      const waiting = of('waiting')
      const met = reached.reduce((sum, label) => sum + of(label), 0)
      const tried = met + of('unreached')
      return {
        total: customers.size,
        waiting: isExpired ? 0 : waiting,
        dialling: of('dialling'),
        talking: of('talking'),
        answered: of('answered'),
        partial: of('partial'),
        refused: of('refused'),
        optedOut: of('optedOut'),
        hungUp: of('hungUp'),
        unreached: of('unreached'),
        doNotCall: of('doNotCall'),
        askedBefore: of('askedBefore'),
        forbidden: of('forbidden'),
        expired: isExpired ? waiting : 0,
        ...(tried > 0 && { reachedShare: Math.round((met / tried) * 10_000) / 10_000 }),
      }
    },
  }
}

function labelOf(now: Customer): Label {
  return now.state === 'ended' ? now.as : now.state
}
