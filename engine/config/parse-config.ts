import { type Report, readDocument } from '../yaml/document.ts'
import type { Fault } from '../yaml/fault.ts'
import { reportShape } from '../yaml/shape-faults.ts'
import { buildConfig } from './build-config.ts'
import type { EngineConfig } from './engine-config.ts'
import { fileSchema } from './file-schema.ts'
import { reportModules } from './module-files.ts'
import { readSecrets, type SecretSource } from './read-secrets.ts'
import { reportReferences } from './references.ts'

export type ParsedConfig =
  /** Usable; `warnings` name what is probably not meant so. */
  | {
      readonly ok: true
      readonly config: EngineConfig
      readonly warnings: readonly Fault[]
      /**
       * Gathers what only others can find wrong, the options of a plugin for example, at its place
       * in the file: `look` is lent a report. Gives what was reported, in the order of the file.
       */
      readonly judge: (look: (report: Report) => void) => readonly Fault[]
    }
  /** Not usable; `faults` are errors and warnings, in the order of the file. */
  | { readonly ok: false; readonly faults: readonly Fault[] }

/**
 * Reads a configuration file and fetches the secrets it refers to. A wrong file
 * is a value, with every fault at once; only broken YAML hides the faults behind it.
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
  reportReferences(raw, report)
  reportModules(raw, source, report)
  const secrets = readSecrets(raw, source, report)

  const faults = document.faults()
  return shape.success && !faults.some(({ severity }) => severity === 'error')
    ? {
        ok: true,
        config: buildConfig(shape.data, { secrets, path: source.path, isPlain }),
        warnings: faults,
        judge(look) {
          look(report)
          return document.faults().filter((fault) => !faults.includes(fault))
        },
      }
    : { ok: false, faults }
}
