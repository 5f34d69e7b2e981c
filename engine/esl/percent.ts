const percent = 0x25
const firstNonAscii = 0x80

/**
 * Decodes the URL-encoded bytes `from` to `to`, as FreeSWITCH writes values in
 * `event plain`. Never throws: a `%` without two hex digits stands for itself,
 * and bytes that are not UTF-8 become U+FFFD. The text keeps no reference to
 * `bytes`.
 */
export function decodePercent(bytes: Buffer, from: number, to: number): string {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    if (byte === percent || byte >= firstNonAscii) {
      return decodeFrom(bytes, from, to, i)
    }
  }
  return bytes.toString('latin1', from, to)
}

function decodeFrom(bytes: Buffer, from: number, to: number, firstOdd: number): string {
  const decoded = Buffer.allocUnsafe(to - from)
  bytes.copy(decoded, 0, from, firstOdd)
  let length = firstOdd - from
  for (let i = firstOdd; i < to; i++) {
    let byte = bytes[i] as number
    if (byte === percent && i + 2 < to) {
      const high = hexDigit(bytes[i + 1] as number)
      const low = hexDigit(bytes[i + 2] as number)
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low
        i += 2
      }
    }
    decoded[length++] = byte
  }
  return decoded.toString('utf8', 0, length)
}

/** The digit's value, or -1. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) {
    return code - 0x30
  }
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
