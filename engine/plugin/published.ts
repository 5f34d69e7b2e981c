import type { z } from 'zod'
import type { Bus } from '../bus/bus.ts'
import { encodePluginEvent } from '../catalogue/envelope.ts'
import { eventSchemas } from '../catalogue/events/events.ts'
import type { Clock } from '../clock.ts'
import { describeShapeFaults } from '../commands/shape-faults.ts'
import { SwitchyardError } from '../errors.ts'

/** The events a plugin publishes, by type, each with the schema of its own fields. */
export type PublishedSchemas = Readonly<Record<string, z.ZodObject>>

/** An event to publish. */
export interface PublishedEvent<Schema extends z.ZodObject = z.ZodObject> {
  /**
   * Unique among all events of the plugin in the tenant, at most 300 printable characters without
   * white space. An event that is published again, for example after a crash, must have the same
   * id: the stream then drops the repeat.
   */
  readonly id: string
  /** What it is about: a call, a callback, a campaign. Consumers keep events of one subject in order. */
  readonly subject: string
  /** Its own fields; `tenant` and `at` are added. */
  readonly data: z.input<Schema>
}

/**
 * Publishes an event. Resolves when the stream has stored it.
 *
 * @throws SwitchyardError SY_BUS_UNAVAILABLE while the broker is unreachable: publish it again with
 *   the same id; SY_PLUGIN_INVALID when it does not match its schema
 */
export type Publish<Published extends PublishedSchemas = PublishedSchemas> = <
  T extends keyof Published & string,
>(
  type: T,
  event: PublishedEvent<Published[T]>,
) => Promise<void>

export interface PublisherOptions {
  readonly bus: Bus
  readonly tenant: string
  readonly plugin: string
  readonly schemas: PublishedSchemas
  readonly clock: Clock
  readonly onPublished: (type: string, outcome: 'published' | 'repeated' | 'failed') => void
}

const wordPattern = /^[a-z][A-Za-z0-9]{0,39}$/
/** Fields that the host adds to the data of each event. */
const addedFields = ['tenant', 'at']
const maxIdLength = 300

/** True for a noun that the engine's event types begin with: no plugin may have that name. */
export function isEngineNoun(word: string): boolean {
  return Object.keys(eventSchemas).some((type) => type.startsWith(`${word}.`))
}

/** What is wrong with an event that a plugin declares in `publishes`; undefined when nothing is. */
export function publishedFault(plugin: string, type: string, schema: unknown): string | undefined {
  const [noun, word = '', ...rest] = type.split('.')
  if (noun !== plugin || !wordPattern.test(word) || rest.length > 0) {
    return `must be named ${plugin}.WORD: the plugin's name, and one word in the past tense`
  }
  const shape = (schema as Partial<z.ZodObject> | undefined)?.shape
  if (typeof shape !== 'object') {
    return 'must be a zod object: z.object({ ... })'
  }
  const taken = addedFields.find((field) => Object.hasOwn(shape, field))
  return taken === undefined
    ? undefined
    : `must not have the field "${taken}", which is added to every event`
}

/** Creates the function that publishes the events of one plugin in one tenant. */
export function createPublisher(options: PublisherOptions): Publish {
  const { bus, tenant, plugin, schemas, clock, onPublished } = options

  /** @throws SwitchyardError SY_PLUGIN_INVALID */
  function checked(type: string, { id, subject, data }: PublishedEvent): object {
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined
    if (schema === undefined) {
      throw invalid(`${plugin}: this event type is not declared in \`publishes\``)
    }
    if (!isId(id) || subject === '') {
      throw invalid(`${type}: an event needs an id without white space, and a subject`)
    }
    const result = schema.safeParse(data)
    if (!result.success) {
      throw invalid(
        `${type}: does not match its schema: ${describeShapeFaults(result.error, 'data')}`,
      )
    }
    return result.data
  }

  return async (type, event) => {
    try {
      const data = checked(type, event)
      const { id, subject } = event
      const at = clock.now()
      const encoded = encodePluginEvent({ tenant, plugin, id, subject, at }, type, data)
      const [stored] = await bus.publish([encoded])
      onPublished(type, stored?.isNew === false ? 'repeated' : 'published')
    } catch (error) {
      onPublished(Object.hasOwn(schemas, type) ? type : 'unknown', 'failed')
      throw error
    }
  }
}

function isId(id: string): boolean {
  return id.length <= maxIdLength && /^[\x21-\x7e]+$/.test(id)
}

function invalid(message: string): SwitchyardError {
  return new SwitchyardError('SY_PLUGIN_INVALID', message)
}
