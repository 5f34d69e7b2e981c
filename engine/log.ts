import { pino } from 'pino'

/** Structured logging: fields first, then a constant message. Never a secret, a caller's number or name. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

export type LogLevel = keyof Logger | 'silent'

/** Creates a logger that writes JSON lines to standard error. Uses pino: fast, maintained, and a common format. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
}
