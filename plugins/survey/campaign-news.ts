import { createHash } from 'node:crypto'
import type { CampaignParts } from './campaign-parts.ts'
import type { CampaignCounts } from './plugin-events.ts'
import type { CustomerList } from './read-list.ts'

/** Publishes how a campaign comes on. @returns tells it, where there is news */
export function createNews({
  name,
  options,
  list,
  stores,
  desk,
  means,
}: CampaignParts): (counts: CampaignCounts, isOver: boolean) => Promise<void> {
  const { marks } = stores
  const { clock, log } = desk
  const listId = idOf(list)

  async function tell(counts: CampaignCounts, isOver: boolean): Promise<void> {
    const mark = (await marks.get(name))?.value ?? {}
    if (mark.loadedList !== listId) {
      await tellLoaded()
      await marks.update(name, (kept) => ({ ...kept, loadedList: listId }))
    }
    const period = Math.floor(clock.now() / options.progressEvery)
    if (mark.period !== period && JSON.stringify(mark.progress) !== JSON.stringify(counts)) {
      await means.publish('survey.campaignProgressed', {
        id: `campaignProgressed.${name}.${period}`,
        subject: name,
        data: { campaign: name, counts },
      })
      await marks.update(name, (kept) => ({ ...kept, period, progress: counts }))
    }
    if (isOver && mark.endedList !== listId) {
      const id = `campaignEnded.${name}.${listId}`
      await means.publish('survey.campaignEnded', {
        id,
        subject: name,
        data: { campaign: name, counts },
      })
      await marks.update(name, (kept) => ({ ...kept, endedList: listId }))
    }
  }

  async function tellLoaded(): Promise<void> {
    const { duplicates, doNotCall, faults, namelessColumns } = list
    const customersCount = list.customers.size
    const badLines = faults.length
    if (badLines > 0 || namelessColumns.length > 0) {
      const lines = faults.slice(0, 20).map(({ line, fault }) => `${line} (${fault})`)
      log.warn(
        { campaign: name, badLines, lines, leftOutColumns: namelessColumns },
        'lines or columns of the list of a campaign cannot be used',
      )
    }
    await means.publish('survey.campaignLoaded', {
      id: `campaignLoaded.${name}.${listId}`,
      subject: name,
      data: {
        campaign: name,
        customers: customersCount,
        duplicates,
        doNotCall,
        badLines,
        faults: faults.slice(0, 100),
      },
    })
  }

  return tell
}

/** Tells one list from another, and says nothing of it. */
function idOf({ customers, faults }: CustomerList): string {
  const hash = createHash('sha256').update([...customers.keys()].join())
  return hash
    .update(faults.map(({ line }) => line).join())
    .digest('hex')
    .slice(0, 12)
}
