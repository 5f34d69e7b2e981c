import { dirname, resolve } from 'node:path'
import type { Raw, Report } from './document.ts'
import { type Path, pathText } from './fault.ts'
import { mapOf, textOf } from './raw.ts'
import { Secret } from './secret.ts'
import { variableName } from './secret-schema.ts'

/** Where secrets are kept. */
export interface SecretSource {
  /** Of the configuration file: paths in it are relative to its directory. */
  readonly path: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a text file; throws as `node:fs` does. */
  readFile(path: string): string
}

/** The secrets of a file, by {@link pathText} of the place that names them. */
export type Secrets = ReadonlyMap<string, Secret>

/** Fetches every secret that the file refers to; reports those that cannot be had. */
export function readSecrets(file: Raw, source: SecretSource, report: Report): Secrets {
  const secrets = new Map<string, Secret>()

  function readSecret(raw: Raw | undefined, path: Path): void {
    const { env, file: filePath } = mapOf(raw)
    const variable = textOf(env)
    const place = textOf(filePath)
    if (variable !== undefined && place === undefined && variableName.test(variable)) {
      keep(source.env[variable], path, `the environment variable ${variable}`)
    } else if (place !== undefined && place !== '' && variable === undefined) {
      readSecretFile(place, path)
    }
  }

  function readSecretFile(place: string, path: Path, isText = false): void {
    const absolute = resolve(dirname(source.path), place)
    try {
      keep(source.readFile(absolute).replace(/\r?\n$/, ''), path, `the file ${absolute}`, isText)
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException
      report(
        path,
        `cannot read the file ${absolute} (${code})`,
        'create it, or make it readable to the user that runs the engine',
      )
    }
  }

  function keep(value: string | undefined, path: Path, name: string, isText = false): void {
    if (value === undefined || value === '') {
      report(
        path,
        `${name} is ${value === undefined ? 'not set' : 'empty'}`,
        'put the secret there before the engine starts',
      )
    } else if (!isText && /\p{Cc}/u.test(value)) {
      report(
        path,
        `${name} holds a line feed or another control character`,
        'keep the secret alone in it, on one line',
      )
    } else {
      secrets.set(pathText(path), new Secret(value))
    }
  }

  const { switches, bus } = mapOf(file)
  for (const [switchId, settings] of Object.entries(mapOf(switches))) {
    readSecret(mapOf(settings)['password'], ['switches', switchId, 'password'])
  }
  const base = ['bus', 'nats', 'credentials']
  const credentials = mapOf(mapOf(mapOf(bus)['nats'])['credentials'])
  for (const key of ['password', 'token', 'nkey']) {
    readSecret(credentials[key], [...base, key])
  }
  const credsFile = textOf(credentials['credsFile'])
  if (credsFile !== undefined && credsFile !== '') {
    readSecretFile(credsFile, [...base, 'credsFile'], true)
  }
  return secrets
}
