import { createHash } from 'node:crypto'
import type { CampaignParts } from './campaign-parts.ts'
import type { CampaignCounts } from './plugin-events.ts'
import type { CustomerList } from './read-list.ts'

/** Creates the function that publishes the progress of a campaign when it has changed. */
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

  async function publishProgress(counts: CampaignCounts, isOver: boolean): Promise<void> {
    const mark = (await marks.get(name))?.value ?? {}
    if (mark.loadedList !== listId) {
      await publishLoaded()
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

  async function publishLoaded(): Promise<void> {
    const { duplicates, doNotCall, faults, namelessColumns } = list
    const customersCount = list.customers.size
    const badLines = faults.length
    if (badLines > 0 || namelessColumns.length > 0) {
      const lines = faults.slice(0, 20).map(({ line, fault }) => `${line} (${fault})`)
      log.warn(
        { campaign: name, badLines, lines, leftOutColumns: namelessColumns },
        'the customer list of a campaign has bad lines or columns; they are skipped',
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

  return publishProgress
}

/** Identifies a list without revealing its contents. */
function idOf({ customers, faults }: CustomerList): string {
  const hash = createHash('sha256').update([...customers.keys()].join())
  return hash
    .update(faults.map(({ line }) => line).join())
    .digest('hex')
    .slice(0, 12)
}
