import { parseArgs } from 'node:util'

/** Thrown to print a message on standard error and exit with `status`. */
export class Exit extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Reads the arguments of a command.
 *
 * @throws Exit 2 for what the command does not take
 */
export function parse(
  args: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
  allowPositionals = false,
) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals, strict: true })
  } catch (error) {
    throw new Exit(2, `switchyard: ${messageOf(error)}`)
  }
}

/** Resolves at SIGTERM or SIGINT; a second signal ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((done) => {
    const stop = () => {
      process.once('SIGTERM', () => process.exit(1))
      process.once('SIGINT', () => process.exit(1))
      done()
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  })
}

/** Writes to standard output. */
export function writeOut(text: string): void {
  process.stdout.write(text)
}

/** The message of an error, or what was thrown as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
