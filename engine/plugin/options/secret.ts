import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { SwitchyardError } from '../../errors.ts'

const wanted = '{ env: NAME } or { file: PATH }'

/** Where a secret is kept: exactly one of the two is set. */
export interface SecretReference {
  readonly env?: string | undefined
  readonly file?: string | undefined
}

/** Where secrets are read from, so that a test can replace it. */
export interface SecretSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Rejects when the file cannot be read. */
  readFile(path: string): Promise<string>
}

const ofThisProcess: SecretSource = {
  environment: process.env,
  // Synchronous: the file is one line, and a test on a manual clock does not wait for the disk.
  readFile: async (path) => readFileSync(path, 'utf8'),
}

/** An option that refers to a secret: `{ env: NAME }` or `{ file: PATH }`, as elsewhere in the configuration. */
export function secretReference() {
  return z
    .strictObject(
      {
        env: z
          .string(wanted)
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
          .optional()
          .describe('the environment variable that holds it'),
        file: z
          .string(wanted)
          .min(1)
          .optional()
          .describe('the file that holds it; a line feed at the end is dropped'),
      },
      wanted,
    )
    .refine(({ env, file }) => (env === undefined) !== (file === undefined), wanted)
}

/**
 * Reads a secret from where it is kept.
 *
 * @param option the option's name, for error messages: `http.token`
 * @param source default: the environment and the disk of this process
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the option and the place, never the contents
 */
export async function readSecret(
  option: string,
  { env, file = '' }: SecretReference,
  source: SecretSource = ofThisProcess,
): Promise<string> {
  const place = env === undefined ? `the file ${file}` : `the environment variable ${env}`
  const fault = (message: string) =>
    new SwitchyardError('SY_PLUGIN_INVALID', `${option}: ${message}`)
  let secret: string | undefined
  try {
    secret = env === undefined ? await source.readFile(file) : source.environment[env]
  } catch {
    throw fault(`cannot read ${place}`)
  }
  secret = secret?.replace(/\r?\n$/, '')
  if (secret === undefined || secret === '') {
    throw fault(`${place} is empty or not set`)
  }
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw fault(
      `${place} contains a space, a line feed or another character that a token cannot have`,
    )
  }
  return secret
}
