import { z } from 'zod'
import { named, section } from '../yaml/collections.ts'
import type { FreeValue } from '../yaml/free-value.ts'
import { mapOf, textOf } from '../yaml/raw.ts'
import { idKey, text } from '../yaml/scalars.ts'
import type { TenantCheck } from './file-view.ts'

const strategy = section(
  {
    module: text('the path of a module', './strategies/vip-first.js').meta({
      description: 'an ES module, relative to the configuration file',
    }),
    options: z.unknown().optional().meta({
      title: 'anything',
      description:
        'for the module; in options, unlike elsewhere in the file, `2` is a number and `true` a boolean, unless in quotes',
      example: '{ weight: 2 }',
    }),
  },
  'vip-first: { module: ./strategies/vip-first.js }',
)

/** The strategy plugins of a tenant. */
export const strategiesSchema = named(
  idKey('strategy'),
  strategy,
  'strategies: { vip-first: { module: ./strategies/vip-first.js } }',
)

export interface StrategyConfig {
  /** The absolute path of an ES module. */
  readonly module: string
  /** As in the file: texts, numbers, booleans, lists and maps of them; undefined without any. */
  readonly options: FreeValue | undefined
}

/** Reports modules that do not exist. What is in them shows when they are loaded. */
export const checkModules: TenantCheck = ({ path, raw, file }, report) => {
  for (const [name, settings] of Object.entries(mapOf(raw['strategies']))) {
    const module = textOf(mapOf(settings)['module']) ?? ''
    if (module !== '') {
      const absolute = file.absolute(module)
      try {
        file.readFile(absolute)
      } catch (error) {
        const { code = 'unknown error' } = error as NodeJS.ErrnoException
        report(
          [...path, 'strategies', name, 'module'],
          `cannot read the file ${absolute} (${code})`,
          'put the module there; a relative path starts at the configuration file',
        )
      }
    }
  }
}
