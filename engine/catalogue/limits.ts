/**
 * Names of queues, agents, skills, flows and tenants. They become part of subjects, labels and
 * channel variables.
 */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** Lowest and highest proficiency in a skill. */
export const levelRange = { min: 1, max: 5 } as const

/** Whether a number is a valid level of a skill. */
export function isLevel(level: number): boolean {
  return Number.isInteger(level) && level >= levelRange.min && level <= levelRange.max
}

/**
 * Limits on the needs of a call: enough for any real call, and small enough to match in microseconds
 * and to fit on its channel, from which an engine that adopts the call reads them again.
 */
export const needLimits = {
  /** In a requirement. */
  steps: 20,
  /** In a step. */
  alternatives: 20,
  /** In an alternative. */
  skills: 20,
  /** Preferred for one call. */
  agents: 50,
  /** Of all preferred agents, and of a whole requirement, when written out as text. */
  characters: 2_000,
  /** Until a step applies, and of a call's hold: 999,999 s. */
  spanMs: 999_999_000,
  /** From minus this to plus this. */
  priority: 1_000_000_000,
  /** Of a place, in ms since the Unix epoch: fifteen digits. */
  instant: 999_999_999_999_999,
} as const
