import type { PrefixTable } from '../../engine/plugin/index.ts'
import type { LiveCall } from './call-memory.ts'
import { type Classification, classify, type Sticky, type Verdict } from './classify.ts'
import { type FactRecord, joinFacts } from './facts.ts'
import type { Rule } from './options.ts'

/** What the classification of a call depends on. */
export type Judged = Pick<LiveCall, 'arrival' | 'chosen' | 'found' | 'lastAgent'>

/** Classifies calls by everything that is known of them now. */
export interface Judge {
  of(call: Judged): Verdict & { readonly facts: FactRecord }
  /** The input of `call.classify`; always the same for the same knowledge. */
  wording(call: Judged, classification: Classification): Classification
}

interface JudgeParts {
  readonly rules: readonly Rule[]
  readonly prefixes: PrefixTable<FactRecord>
  readonly customer: (number: string) => FactRecord | undefined
  /** How to hold calls for the last agent; undefined if that is off. */
  readonly sticky: Omit<Sticky, 'agent'> | undefined
}

export function createJudge({ rules, prefixes, customer, sticky }: JudgeParts): Judge {
  const setsPriority = rules.some(({ priority }) => priority !== undefined)

  return {
    of({ arrival, chosen, found, lastAgent }) {
      const caller = arrival?.caller ?? ''
      const answers = Object.entries(chosen).map(([name, { value }]) => [name, value])
      const facts = joinFacts(arrival, [
        caller === '' ? undefined : prefixes(caller),
        caller === '' ? undefined : customer(caller),
        found,
        Object.fromEntries(answers),
      ])
      const last =
        lastAgent === undefined || sticky === undefined
          ? undefined
          : { agent: lastAgent, ...sticky }
      return { ...classify(rules, facts, last), facts: Object.fromEntries(facts) }
    },

    wording({ chosen, found }, classification) {
      const isNothingKnown = [chosen, found, classification].every(
        (one) => Object.keys(one).length === 0,
      )
      // Resets a priority that was sent when less was known and no longer applies.
      return setsPriority && !isNothingKnown ? { priority: 0, ...classification } : classification
    },
  }
}
