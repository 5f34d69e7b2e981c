import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { SwitchyardError } from '../../errors.ts'

const wanted = '{ env: NAME } or { file: PATH }'

/** Where a secret is kept: exactly one of them. */
export interface SecretReference {
  readonly env?: string | undefined
  readonly file?: string | undefined
}

/** The places of secrets, so that a test can hold them. */
export interface SecretSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Rejects when it cannot. */
  readFile(path: string): Promise<string>
}

const ofThisProcess: SecretSource = {
  environment: process.env,
  // At once: it is a line, and a test that plays the time has none to give to the disk.
  readFile: async (path) => readFileSync(path, 'utf8'),
}

/** An option that is a secret, kept elsewhere: `{ env: NAME }` or `{ file: PATH }`, as in the rest of the file. */
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
          .describe('the file that holds it; one line feed at the end is dropped'),
      },
      wanted,
    )
    .refine(({ env, file }) => (env === undefined) !== (file === undefined), wanted)
}

/**
 * Reads a secret from where it is kept.
 *
 * @param option whose it is, for the fault: `http.token`
 * @param source the environment and the disk of this process when absent
 * @throws SwitchyardError SY_PLUGIN_INVALID naming option and place, never what it holds
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
    throw fault(`${place} holds nothing`)
  }
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw fault(`${place} holds a blank, a line feed or another character no token has`)
  }
  return secret
}
