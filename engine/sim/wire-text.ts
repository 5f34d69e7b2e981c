/**
 * Text as the switch holds it: C strings, that is bytes. Here each byte is one
 * character (latin1), so lengths count bytes and any byte can be carried.
 */
export type ByteString = string

/** The UTF-8 bytes of `text`; bytes given as such stay as they are. */
export function toBytes(text: string | Uint8Array): ByteString {
  return typeof text === 'string' && Buffer.byteLength(text) === text.length
    ? text
    : Buffer.from(text as string).toString('latin1')
}

// SWITCH_URL_UNSAFE and the non-printable (FreeSWITCH switch_utils.h, switch_url_encode).
const unsafeInPlain = /[^!$'-*,-9A-Z_a-z~]/
const everyUnsafeInPlain = new RegExp(unsafeInPlain, 'g')
const percent = Array.from({ length: 256 }, (_, code) =>
  unsafeInPlain.test(String.fromCharCode(code))
    ? `%${code.toString(16).toUpperCase().padStart(2, '0')}`
    : String.fromCharCode(code),
)

/**
 * As `event plain` encodes the value of a header. What looks encoded already is
 * left as it is (trace missing-file-and-unicode): the reader cannot tell.
 */
export function urlEncode(value: ByteString): string {
  if (!unsafeInPlain.test(value)) return value
  return value.replace(everyUnsafeInPlain, (character, at: number) =>
    character === '%' && /^[0-9A-F]{2}/.test(value.slice(at + 1, at + 3))
      ? '%'
      : (percent[character.charCodeAt(0)] as string),
  )
}

/** As `event json` writes the inside of a string. */
export function jsonEncode(value: ByteString): string {
  return JSON.stringify(value).slice(1, -1)
}

/** How one header is written in a format; every header is written the same way, so blocks can be joined. */
export interface Format {
  readonly name: 'plain' | 'json'
  /** Starts an event with its first header. */
  open(eventName: string): string
  header(name: string, value: ByteString): string
  /** Ends an event; `body` is the text of the few events that have one. */
  close(body: ByteString | undefined): string
  /** The inside of a value, without the header around it. */
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
