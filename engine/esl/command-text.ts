import { SwitchyardError } from '../errors.ts'

export type CommandHeaders = Readonly<Record<string, string>>

const unsafe = /[\r\n\0]/

/** Whether `text` contains a character that ends a line, and so would start another header or command. */
export function isUnsafe(text: string): boolean {
  return unsafe.test(text)
}

/**
 * The complete command as text, to be sent in one write.
 *
 * @throws SwitchyardError SY_ESL_UNSAFE when any part contains CR, LF or NUL
 */
export function formatCommand(line: string, headers: CommandHeaders = {}, body = ''): string {
  let text = checked(line)
  for (const name in headers) {
    text += `\n${checked(name)}: ${checked(headers[name] as string)}`
  }
  if (body === '') {
    return `${text}\n\n`
  }
  if (body.includes('\0')) {
    throw unsafeError()
  }
  return `${text}\nContent-Type: text/plain\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`
}

function checked(part: string): string {
  if (unsafe.test(part)) {
    throw unsafeError()
  }
  return part
}

function unsafeError(): SwitchyardError {
  return new SwitchyardError(
    'SY_ESL_UNSAFE',
    'a command for FreeSWITCH contains CR, LF or NUL and was not sent; remove it from the argument',
  )
}
