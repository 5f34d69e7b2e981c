import { z } from 'zod'
import { named, section } from '../yaml/collections.ts'
import type { FreeValue } from '../yaml/free-value.ts'
import { mapOf } from '../yaml/raw.ts'
import { refusal, text } from '../yaml/scalars.ts'
import { credentialsSchema, type NatsCredentials } from './credentials.ts'
import type { TenantCheck } from './file-view.ts'

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const maxNameLength = 40

/** The name that the plugin is defined with: it is part of subjects, stores and users. */
const pluginKey = z
  .string()
  .regex(
    namePattern,
    refusal(
      'not a usable name for a plugin',
      'use lower-case words joined by -, as in its definition',
    ),
  )
  .max(
    maxNameLength,
    refusal('too long for the name of a plugin', `use at most ${maxNameLength} characters`),
  )
  .meta({ title: 'plugin' })

const plugin = section(
  {
    module: text('the path of a plugin', './plugins/front-row')
      .meta({
        description:
          'a folder or module, relative to the configuration file; default: the plugin of that name that comes with Switchyard',
      })
      .optional(),
    options: z.unknown().optional().meta({
      title: 'anything',
      description:
        'for the plugin, whose README lists them; as in the options of strategies, `2` is a number and `true` a boolean, unless in quotes',
      example: '{ priority: 10 }',
    }),
    credentials: credentialsSchema
      .meta({
        description:
          'how the plugin logs in to the broker, as a user of its own; default: the credentials of `bus`',
      })
      .optional(),
  },
  'callback: {}',
)

/** The service plugins of a tenant. */
export const pluginsSchema = named(pluginKey, plugin, 'plugins: { callback: {} }')

export interface PluginConfig {
  /** Where it is, seen from a directory; undefined for one that comes with Switchyard. */
  readonly module: { readonly path: string; readonly from: string } | undefined
  /** As in the file, for the plugin to check; undefined without any. */
  readonly options: FreeValue | undefined
  /** Its own user of the broker; undefined to log in as the engine does. */
  readonly credentials: NatsCredentials | undefined
}

/** Reports plugins that log in where there is no broker. */
export const checkPlugins: TenantCheck = ({ path, raw, file: { hasBroker } }, report) => {
  for (const [name, settings] of Object.entries(mapOf(raw['plugins']))) {
    if (mapOf(settings)['credentials'] !== undefined && !hasBroker) {
      report(
        [...path, 'plugins', name, 'credentials'],
        'has no effect: with the memory bus plugins run inside the engine',
        'remove it, or name the NATS servers under bus',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}
