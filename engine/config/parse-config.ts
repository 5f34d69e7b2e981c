import { dirname, resolve } from 'node:path'
import { type Report, readDocument } from '../yaml/document.ts'
import type { Fault } from '../yaml/fault.ts'
import { reportShape } from '../yaml/shape-faults.ts'
import type { EngineConfig } from './engine-config.ts'
import { buildConfig, fileChecks, fileSchema } from './file.ts'
import { viewFile } from './file-view.ts'
import { readSecrets, type SecretSource, secretIn } from './read-secrets.ts'

export type ParsedConfig =
  /** Usable; `warnings` name what is probably a mistake. */
  | {
      readonly ok: true
      readonly config: EngineConfig
      readonly warnings: readonly Fault[]
      /**
       * Collects faults that only others can find, such as those of the options of a plugin, with
       * their places in the file. `look` reports them; returned in the order of the file.
       */
      readonly judge: (look: (report: Report) => void) => readonly Fault[]
    }
  /** Not usable; `faults` holds errors and warnings, in the order of the file. */
  | { readonly ok: false; readonly faults: readonly Fault[] }

/**
 * Reads a configuration file and fetches the secrets it refers to. For an unusable file it returns
 * every fault at once; only broken YAML hides other faults.
 *
 * @param text the content of the file
 */
export function parseConfig(text: string, source: SecretSource): ParsedConfig {
  const document = readDocument(text)
  if (!document.isReadable) {
    return { ok: false, faults: document.faults() }
  }
  const { raw, report, isPlain } = document
  const shape = fileSchema.safeParse(raw)
  if (!shape.success) {
    reportShape(shape.error.issues, report)
  }
  const absolute = (relative: string) => resolve(dirname(source.path), relative)
  const view = viewFile(raw, { absolute, readFile: source.readFile })
  for (const check of fileChecks) {
    check(view, report)
  }
  const secrets = readSecrets(raw, source, report)

  const faults = document.faults()
  return shape.success && !faults.some(({ severity }) => severity === 'error')
    ? {
        ok: true,
        config: buildConfig(shape.data, { secretOf: secretIn(secrets), absolute, isPlain }),
        warnings: faults,
        judge(look) {
          look(report)
          return document.faults().filter((fault) => !faults.includes(fault))
        },
      }
    : { ok: false, faults }
}
