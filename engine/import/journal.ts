/** A line of one of the files read. */
export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/**
 * The kind of a remark.
 *
 * - `fault`: nothing is written until it is fixed.
 * - `changed`: carried over with a different meaning.
 * - `missing`: has no equivalent.
 * - `look`: worth checking.
 * - `needless`: left out because it is not needed.
 */
export type RemarkKind = 'fault' | 'changed' | 'missing' | 'look' | 'needless'

/** A remark for the user. It contains no secret and no phone number. */
export interface Remark {
  readonly kind: RemarkKind
  readonly place: Place
  /** For example `queue support@default`; empty for the file as a whole. */
  readonly subject: string
  readonly message: string
  /** What to do about it. Empty if there is nothing to do. */
  readonly cure: string
}

/** Collects remarks in the order in which they are found. */
export interface Journal {
  add(kind: RemarkKind, place: Place, subject: string, message: string, cure?: string): void
  readonly remarks: readonly Remark[]
}

/** Creates an empty journal. */
export function createJournal(): Journal {
  const remarks: Remark[] = []
  return {
    remarks,
    add(kind, place, subject, message, cure = '') {
      remarks.push({ kind, place, subject, message, cure })
    },
  }
}

/** Quotes a value for a message: on one line, shortened, without control characters. */
export function quote(value: string): string {
  const short = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return JSON.stringify(short.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?'))
}
