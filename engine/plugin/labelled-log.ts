import type { Logger } from '../log.ts'

/** A logger that adds the same fields to each line. */
export function labelled(log: Logger, labels: Record<string, unknown>): Logger {
  return {
    debug: (fields, message) => log.debug({ ...labels, ...fields }, message),
    info: (fields, message) => log.info({ ...labels, ...fields }, message),
    warn: (fields, message) => log.warn({ ...labels, ...fields }, message),
    error: (fields, message) => log.error({ ...labels, ...fields }, message),
  }
}
