import { SwitchyardError } from '../../engine/plugin/index.ts'
import type { Files } from './files.ts'
import type { SecretReference } from './options.ts'

/**
 * Reads a secret from where it is kept; one line feed at the end is dropped.
 *
 * @throws SwitchyardError SY_PLUGIN_INVALID naming the place, never what it holds
 */
export async function readSecret(
  { env, file }: SecretReference,
  {
    environment,
    files,
  }: {
    readonly environment: Readonly<Record<string, string | undefined>>
    readonly files: Files
  },
): Promise<string> {
  const place = env === undefined ? `the file ${file ?? ''}` : `the environment variable ${env}`
  let secret: string | undefined
  try {
    secret = env === undefined ? (await files.read(file ?? '')).toString() : environment[env]
  } catch {
    throw invalid(`cannot read ${place}`)
  }
  secret = secret?.replace(/\r?\n$/, '')
  if (secret === undefined || secret === '') {
    throw invalid(`${place} holds nothing`)
  }
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw invalid(`${place} holds a blank, a line feed or another character no token has`)
  }
  return secret
}

function invalid(message: string): SwitchyardError {
  return new SwitchyardError('SY_PLUGIN_INVALID', `skill: lookup.token: ${message}`)
}
