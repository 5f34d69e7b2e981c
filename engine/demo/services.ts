import type { Bus } from '../bus/bus.ts'
import { decodeEnvelope, type Envelope } from '../catalogue/envelope.ts'

/** What the plugins of the demo have done so far, by their own events and those of the engine. */
export interface ServiceFigures {
  /** Callers who came. */
  readonly calls: number
  /** Callers among them whom the skill plugin classified. */
  readonly classified: number
  readonly owed: number
  readonly absorbed: number
  readonly connected: number
  /** Callbacks that ended otherwise. */
  readonly otherwise: number
  readonly asked: number
  readonly answered: number
  /** Share of the scores that are 4 or 5; undefined without any. */
  readonly satisfied: number | undefined
}

/** Listens to a tenant's events and counts. */
export async function watchServices(
  bus: Bus,
  tenant: string,
): Promise<{ figures(): ServiceFigures }> {
  const counts = new Map<string, number>()
  const scores = { all: 0, good: 0 }
  let classified = 0
  const count = (type: string) => counts.get(type) ?? 0

  function record({ type, data }: Envelope): void {
    const fields = data as Readonly<Record<string, unknown>>
    const isDialled = fields['origin'] !== undefined
    if (isDialled && type === 'call.arrived') {
      return
    }
    counts.set(type, count(type) + 1)
    if (type === 'call.queued' && !isDialled && fields['requires'] !== undefined) {
      classified += 1
    }
    if (type === 'survey.answered' && typeof fields['csat'] === 'number') {
      scores.all += 1
      scores.good += fields['csat'] >= 4 ? 1 : 0
    }
  }

  await bus.subscribe(`switchyard.${tenant}.event.>`, ({ data }) => record(decodeEnvelope(data)))
  return {
    figures: () => ({
      calls: count('call.arrived'),
      classified,
      owed: count('callback.owed'),
      absorbed: count('callback.absorbed'),
      connected: count('callback.connected'),
      otherwise:
        count('callback.cancelled') + count('callback.expired') + count('callback.givenUp'),
      asked: count('survey.asked'),
      answered: count('survey.answered'),
      satisfied: scores.all === 0 ? undefined : scores.good / scores.all,
    }),
  }
}
