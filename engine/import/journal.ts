/** A line of one of the files that were read. */
export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
}

/**
 * What a remark is about.
 *
 * - `fault`: nothing can be written until it is mended.
 * - `changed`: carried over, with another meaning.
 * - `missing`: has no equivalent.
 * - `look`: carried over as it is, and worth a look.
 * - `needless`: left out, since nothing here needs it.
 */
export type RemarkKind = 'fault' | 'changed' | 'missing' | 'look' | 'needless'

/** One thing to tell whoever imports. Holds no secret and no phone number. */
export interface Remark {
  readonly kind: RemarkKind
  readonly place: Place
  /** For example `queue support@default`; empty for the file as a whole. */
  readonly subject: string
  readonly message: string
  /** What to do about it; empty for nothing. */
  readonly cure: string
}

/** Collects remarks in the order in which they are found. */
export interface Journal {
  add(kind: RemarkKind, place: Place, subject: string, message: string, cure?: string): void
  readonly remarks: readonly Remark[]
}

export function createJournal(): Journal {
  const remarks: Remark[] = []
  return {
    remarks,
    add(kind, place, subject, message, cure = '') {
      remarks.push({ kind, place, subject, message, cure })
    },
  }
}

/** A value for a message: on one line, shortened, without characters that disturb a terminal. */
export function quote(value: string): string {
  const short = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return JSON.stringify(short.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?'))
}
