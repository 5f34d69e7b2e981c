/**
 * Encodes any text as one token of a bucket's key: each character other than a letter,
 * digit, `_` or `-` becomes `=` and two hexadecimal digits per byte of UTF-8.
 */
export function encodeKey(text: string): string {
  return text.replaceAll(/[^\w-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  )
}

/** Reverses {@link encodeKey}. */
export function decodeKey(key: string): string {
  return key.replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8'),
  )
}
