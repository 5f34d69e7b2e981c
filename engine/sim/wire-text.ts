/**
 * Text as the switch holds it: C strings, that is, bytes. Each byte is one character
 * (latin1), so lengths count bytes and any byte can be represented.
 */
export type ByteString = string

/** Encodes text as UTF-8. Raw bytes are kept as they are. */
export function toBytes(text: string | Uint8Array): ByteString {
  return typeof text === 'string' && Buffer.byteLength(text) === text.length
    ? text
    : Buffer.from(text as string).toString('latin1')
}

// SWITCH_URL_UNSAFE and all unprintable characters (FreeSWITCH switch_utils.h, switch_url_encode).
const unsafeInPlain = /[^!$'-*,-9A-Z_a-z~]/
const everyUnsafeInPlain = new RegExp(unsafeInPlain, 'g')
const percent = Array.from({ length: 256 }, (_, code) =>
  unsafeInPlain.test(String.fromCharCode(code))
    ? `%${code.toString(16).toUpperCase().padStart(2, '0')}`
    : String.fromCharCode(code),
)

/**
 * Encodes a header value as `event plain` does. Text that looks encoded already is left
 * as it is (trace missing-file-and-unicode), so a reader cannot tell the two apart.
 */
export function urlEncode(value: ByteString): string {
  if (!unsafeInPlain.test(value)) return value
  return value.replace(everyUnsafeInPlain, (character, at: number) =>
    character === '%' && /^[0-9A-F]{2}/.test(value.slice(at + 1, at + 3))
      ? '%'
      : (percent[character.charCodeAt(0)] as string),
  )
}

/** Encodes the inside of a string as `event json` does. */
export function jsonEncode(value: ByteString): string {
  return JSON.stringify(value).slice(1, -1)
}

/** How a format writes one header. Every header is written the same way, so blocks of headers can be joined. */
export interface Format {
  readonly name: 'plain' | 'json'
  /** Writes the start of an event, with its first header. */
  open(eventName: string): string
  header(name: string, value: ByteString): string
  /** Writes the end of an event. Few events have a body. */
  close(body: ByteString | undefined): string
  /** Encodes a value without its header. */
  encode(value: ByteString): string
}

export const plain: Format = {
  name: 'plain',
  open: (eventName) => `Event-Name: ${eventName}\n`,
  header: (name, value) => `${name}: ${urlEncode(value)}\n`,
  close: (body) => (body === undefined ? '\n' : `Content-Length: ${body.length}\n\n${body}`),
  encode: urlEncode,
}

export const json: Format = {
  name: 'json',
  open: (eventName) => `{"Event-Name":"${eventName}"`,
  header: (name, value) =>
    // A header with several values is an array in JSON (DP_MATCH in the traces).
    value.startsWith('ARRAY::')
      ? `,"${name}":[${value
          .slice(7)
          .split('|:')
          .map((item) => `"${jsonEncode(item)}"`)}]`
      : `,"${name}":"${jsonEncode(value)}"`,
  close: (body) =>
    body === undefined ? '}' : `,"Content-Length":"${body.length}","_body":"${jsonEncode(body)}"}`,
  encode: jsonEncode,
}
