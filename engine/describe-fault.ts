import type { SwitchyardError } from './errors.ts'

/**
 * The loggable part of an error that other people's code threw. Its message may
 * quote a payload, and so a caller's number: only its class, code and place are logged.
 */
export function describeFault(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) {
    return { fault: typeof error }
  }
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  const { code } = error as Partial<SwitchyardError>
  return {
    fault: error.name,
    ...(typeof code === 'string' && { code }),
    ...(place !== undefined && { place: place.trim() }),
  }
}
