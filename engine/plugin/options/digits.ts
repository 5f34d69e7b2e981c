import { z } from 'zod'

/**
 * An option that is a string but that YAML may have parsed as a number, such as a
 * country code or a phone key. Numbers are turned back into strings.
 *
 * @param pattern what the string must match
 * @param what the pattern in words, for the message: `one to three digits`
 */
export function digits(pattern: RegExp, what: string) {
  return z
    .union([z.string(), z.int().nonnegative()], what)
    .transform(String)
    .pipe(z.string().regex(pattern, { error: what, abort: true }))
}

/** An option or an input that is a phone number to dial or to display, as the switch accepts it. */
export function phoneNumber() {
  return digits(
    /^\+?[0-9*#]{1,32}$/,
    'a number: digits, "*" and "#", optionally with a leading "+"',
  )
}
