import type { PluginKv } from '../../engine/plugin/index.ts'
import { isLive, type NumberRecord } from './obligation.ts'

/** Which callbacks to list. */
export interface ListFilter {
  readonly queue?: string | undefined
  /** @default false: only live ones */
  readonly isEnded?: boolean | undefined
  /** @default 100 */
  readonly limit?: number | undefined
}

/** An obligation as shown to operators, with the number. */
export type Shown = ReturnType<typeof present>

/** A local copy of the records, to find and list obligations. It lags behind by changes in flight. */
export interface RecordIndex {
  readonly byNumber: ReadonlyMap<string, NumberRecord>
  /** Finds a record by its obligation, also one that another replica has just written. */
  find(callbackId: string): Promise<NumberRecord | undefined>
  /** Lists obligations by their place in the queue; `total` counts those beyond the limit too. */
  list(filter: ListFilter): { readonly callbacks: readonly Shown[]; readonly total: number }
  stop(): Promise<void>
}

const defaultLimit = 100

/**
 * Opens the copy and keeps it up to date.
 *
 * @throws SwitchyardError SY_BUS_UNAVAILABLE
 */
export async function openRecordIndex(records: PluginKv<NumberRecord>): Promise<RecordIndex> {
  const byNumber = new Map<string, NumberRecord>()
  const watching = await records.watch((number, record) => {
    if (record === undefined) {
      byNumber.delete(number)
    } else {
      byNumber.set(number, record)
    }
  })

  return {
    byNumber,

    async find(callbackId) {
      const isIt = ({ obligation }: NumberRecord) => obligation.callbackId === callbackId
      const near = [...byNumber.values()].find(isIt)
      if (near !== undefined) {
        return (await records.get(near.number))?.value
      }
      for (const number of await records.keys()) {
        const kept = await records.get(number)
        if (kept !== undefined && isIt(kept.value)) {
          return kept.value
        }
      }
      return undefined
    },

    list({ queue, isEnded = false, limit = defaultLimit }) {
      const all = [...byNumber.values()]
        .filter(({ obligation }) => isLive(obligation) !== isEnded)
        .filter(({ obligation }) => queue === undefined || obligation.queue === queue)
        .toSorted((a, b) => a.obligation.enqueuedAt - b.obligation.enqueuedAt)
      return { callbacks: all.slice(0, limit).map(present), total: all.length }
    },

    stop: () => watching.stop(),
  }
}

/** Shows an obligation to operators. */
export function present({ number, obligation, past }: NumberRecord) {
  const { state, needs: _needs, serial: _serial, events: _events, ...shown } = obligation
  return { number, ...shown, state, past }
}
