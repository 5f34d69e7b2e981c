import { z } from 'zod'

/**
 * An option that is text, and that the reader of a YAML file may have turned
 * into a number: a country's code, a key of a phone. It becomes text again.
 *
 * @param pattern what the text must be
 * @param what that in words: `one to three digits`
 */
export function digits(pattern: RegExp, what: string) {
  return z
    .union([z.string(), z.int().nonnegative()], what)
    .transform(String)
    .pipe(z.string().regex(pattern, { error: what, abort: true }))
}

/** An option, or an input, that is a number to dial or to show, as the switch takes it. */
export function phoneNumber() {
  return digits(/^\+?[0-9*#]{1,32}$/, 'a number: digits, "*" and "#", with or without "+" before')
}
