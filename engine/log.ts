import { pino } from 'pino'

/** Structured logging: fields first, then a constant message. Never a secret, a caller's number or name. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

export type LogLevel = keyof Logger | 'silent'

/** JSON lines on standard error (pino: the fastest well-kept one, and its lines need no parser of ours). */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
}
