/**
 * Names of queues, agents, skills, flows and tenants: they become part of subjects, labels and
 * channel variables.
 */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** Lowest and highest proficiency in a skill. */
export const levelRange = { min: 1, max: 5 } as const

/** Whether an agent can have a skill at this level. */
export function isLevel(level: number): boolean {
  return Number.isInteger(level) && level >= levelRange.min && level <= levelRange.max
}

/**
 * What a call may bring: enough for any real call, little enough to match in microseconds and to
 * be kept on its channel, where an engine that adopts the call reads it again.
 */
export const needLimits = {
  /** Of a requirement. */
  steps: 20,
  /** Of a step. */
  alternatives: 20,
  /** Of an alternative. */
  skills: 20,
  /** Preferred for one call. */
  agents: 50,
  /** Written out: of all preferred agents, and of a whole requirement. */
  characters: 2_000,
  /** Until a step is in force, and how long a call is held: 999,999 s. */
  spanMs: 999_999_000,
  /** Either way from 0. */
  priority: 1_000_000_000,
  /** Of a place, in ms since the Unix epoch: fifteen digits. */
  instant: 999_999_999_999_999,
} as const
