import { z } from 'zod'
import { named, section } from '../yaml/collections.ts'
import { refusal, text } from '../yaml/scalars.ts'
import { credentialsSchema } from './bus-schema.ts'

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const longestName = 40

/** The name of a plugin as a key: the one it is defined with, since subjects, stores and users carry it. */
const pluginKey = z
  .string()
  .regex(
    namePattern,
    refusal('not a usable name of a plugin', 'use lower-case words joined by -, as it is defined'),
  )
  .max(longestName, refusal('too long for the name of a plugin', `at most ${longestName} letters`))
  .meta({ title: 'plugin' })

const plugin = section(
  {
    module: text('the path of a plugin', './plugins/front-row')
      .meta({
        description:
          'a folder or module, relative to the configuration file; without it, the plugin of that name that comes with Switchyard',
      })
      .optional(),
    options: z.unknown().optional().meta({
      title: 'anything',
      description:
        'for the plugin, whose README lists them: here, as for strategies, a plain `2` is a number and `true` a truth value, unless in quotes',
      example: '{ priority: 10 }',
    }),
    credentials: credentialsSchema
      .meta({
        description:
          'how it logs in to the broker, as a user of its own; without them it uses those of `bus`',
      })
      .optional(),
  },
  'callback: {}',
)

/** The service plugins of a tenant. */
export const pluginsSchema = named(pluginKey, plugin, 'plugins: { callback: {} }')
