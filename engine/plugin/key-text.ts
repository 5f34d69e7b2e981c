/**
 * Writes any text as one word that a bucket takes as a key: what is no letter,
 * digit, `_` or `-` becomes `=` and two hexadecimal digits for each byte of UTF-8.
 */
export function encodeKey(text: string): string {
  return text.replaceAll(/[^\w-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  )
}

/** Reads what {@link encodeKey} wrote. */
export function decodeKey(key: string): string {
  return key.replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'),
  )
}
