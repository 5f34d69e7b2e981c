/** What is known of a call: trimmed text values by name. The rules are evaluated on them. */
export type Facts = ReadonlyMap<string, string>

/** Facts as configured, read or stored. */
export type FactRecord = Readonly<Record<string, string>>

/** Facts that come from the call itself; no other source can set them. */
export const ownFacts = ['dialled', 'caller', 'origin'] as const

/** What is known of a call from its arrival. */
export interface Arrival {
  readonly dialled: string
  /** Normalised; empty when withheld. */
  readonly caller: string
  readonly origin: 'caller' | 'callback' | 'originate'
}

/** Maximum length of a value; longer ones are cut. */
const maxValueLength = 128

/**
 * Merges the facts of all sources; later sources override earlier ones.
 *
 * @param sources from the most general one to the caller's own choices
 */
export function joinFacts(
  arrival: Arrival | undefined,
  sources: readonly (FactRecord | undefined)[],
): Facts {
  const facts = new Map<string, string>()
  for (const source of sources) {
    for (const [name, value] of Object.entries(source ?? {})) {
      const text = value.trim().slice(0, maxValueLength)
      if (text !== '') {
        facts.set(name, text)
      }
    }
  }
  for (const name of ownFacts) {
    facts.delete(name)
  }
  if (arrival !== undefined) {
    facts.set('dialled', arrival.dialled)
    facts.set('caller', arrival.caller === '' ? 'withheld' : arrival.caller)
    facts.set('origin', arrival.origin)
  }
  return facts
}
