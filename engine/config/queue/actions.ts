import type { WaitAction } from '../../core/settings.ts'
import { type Converted, list, named, section } from '../../yaml/collections.ts'
import { listOf, mapOf, textOf } from '../../yaml/raw.ts'
import { duration, idKey, idText, quote, text } from '../../yaml/scalars.ts'
import type { QueueCheck } from '../file-view.ts'

const example = 'actions: [ { name: discount, after: 60s } ]'

const action = section(
  {
    name: idText('a name of letters, digits, _ and -', 'discount').meta({
      description: 'unique in the queue; the label of its metrics',
    }),
    after: duration({ example: '60s' }).meta({
      description: 'how long the call has waited in this queue',
    }),
    every: duration({ minMs: 1_000, example: '90s' })
      .meta({ description: 'the time from one repetition to the next; default: no repetition' })
      .optional(),
    data: named(idKey('datum'), text('a text', 'SORRY10'), 'data: { code: SORRY10 }')
      .meta({ description: 'published with the event' })
      .prefault({}),
  },
  example,
).meta({ example: '{ name: discount, after: 60s }' })

/** What happens while a call waits. */
export const actionsShape = {
  actions: list(action, example)
    .meta({ description: 'what is published as `call.actionDue` while a call waits' })
    .prefault([]),
}

type ActionsFile = Converted<typeof actionsShape>

export function actionSettings({ actions }: ActionsFile): readonly WaitAction[] {
  return actions.map(({ name, after, every }) => ({ name, afterMs: after, everyMs: every }))
}

/** The data of each action, by its name. */
export function actionData({ actions }: ActionsFile) {
  return new Map(actions.map(({ name, data }) => [name, data]))
}

/** Reports two actions of one name. */
export const checkActions: QueueCheck = ({ path, raw }, report) => {
  const names = new Set<string>()
  for (const [index, item] of listOf(raw['actions']).entries()) {
    const name = textOf(mapOf(item)['name']) ?? ''
    if (names.has(name)) {
      report(
        [...path, 'actions', index, 'name'],
        `${quote(name)} is also the name of an action above it`,
        'give each action of a queue a name of its own',
      )
    } else if (name !== '') {
      names.add(name)
    }
  }
}
