/** What is known of a call, by name. Values are trimmed text. */
export type Facts = ReadonlyMap<string, string>

/** Facts as they are configured, read, kept: plain. */
export type FactRecord = Readonly<Record<string, string>>

/** Facts that the call itself brings; no other source may say otherwise. */
export const ownFacts = ['dialled', 'caller', 'origin'] as const

/** What the arrival of a call says of it. */
export interface Arrival {
  readonly dialled: string
  /** Normalised; empty when withheld. */
  readonly caller: string
  readonly origin: 'caller' | 'callback' | 'originate'
}

/** The longest value of a fact; longer ones are cut. */
const longestValue = 128

/**
 * Joins what the sources say. Where two know the same fact the later one has it.
 *
 * @param sources from the most general to what the caller said themselves
 */
export function joinFacts(
  arrival: Arrival | undefined,
  sources: readonly (FactRecord | undefined)[],
): Facts {
  const facts = new Map<string, string>()
  for (const source of sources) {
    for (const [name, value] of Object.entries(source ?? {})) {
      const text = value.trim().slice(0, longestValue)
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
