import { dirname, resolve } from 'node:path'
import type { Raw, Report } from '../yaml/document.ts'
import { mapOf, textOf } from '../yaml/raw.ts'
import type { SecretSource } from './read-secrets.ts'

/** Reports modules of strategy plugins that are not there. What is in them shows when they are loaded. */
export function reportModules(
  file: Raw,
  { path, readFile }: Pick<SecretSource, 'path' | 'readFile'>,
  report: Report,
): void {
  for (const [tenantId, tenant] of Object.entries(mapOf(mapOf(file)['tenants']))) {
    for (const [name, strategy] of Object.entries(mapOf(mapOf(tenant)['strategies']))) {
      const module = textOf(mapOf(strategy)['module']) ?? ''
      const absolute = resolve(dirname(path), module)
      try {
        if (module !== '') {
          readFile(absolute)
        }
      } catch (error) {
        const { code = 'unknown error' } = error as NodeJS.ErrnoException
        report(
          ['tenants', tenantId, 'strategies', name, 'module'],
          `cannot read the file ${absolute} (${code})`,
          'put the module there; a relative path starts at the configuration file',
        )
      }
    }
  }
}
