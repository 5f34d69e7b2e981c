import { dirname, resolve } from 'node:path'
import type { Raw, Report } from '../yaml/document.ts'
import { type Path, pathText } from '../yaml/fault.ts'
import { mapOf, textOf } from '../yaml/raw.ts'
import { Secret } from './secret.ts'
import { variableName } from './secret-schema.ts'

/** Where secrets are kept. */
export interface SecretSource {
  /** Of the configuration file: paths in it are relative to its directory. */
  readonly path: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a text file; throws as `node:fs` does. */
  readFile(path: string): string
  /** Which secrets this process needs: the others are not looked at, and need not be there. @default all */
  readonly needs?: SecretNeeds
}

/** Whether the secret at a path of the file is needed. */
export type SecretNeeds = (path: Path, file: Raw) => boolean

/** What the engine needs: all but what its plugins log in with, in processes of their own. */
export const engineNeeds: SecretNeeds = ([section, , part]) =>
  section !== 'tenants' || part !== 'plugins'

/**
 * What the process of a plugin needs: how it logs in to the broker.
 *
 * @param tenant the only one it runs for; undefined for all who have it
 */
export function pluginNeeds(plugin: string, tenant?: string): SecretNeeds {
  return ([section, of, part, name], file) => {
    if (section === 'tenants') {
      return part === 'plugins' && name === plugin && (tenant === undefined || of === tenant)
    }
    // The engine's own: only if the plugin has no user of its own in one of the tenants.
    const users = Object.entries(mapOf(mapOf(file)['tenants']))
      .filter(([id]) => tenant === undefined || id === tenant)
      .map(([, settings]) => mapOf(mapOf(settings)['plugins'])[plugin])
    return (
      section === 'bus' &&
      users.some((one) => one !== undefined && mapOf(one)['credentials'] === undefined)
    )
  }
}

/** The secrets of a file, by {@link pathText} of the place that names them. */
export type Secrets = ReadonlyMap<string, Secret>

/** Fetches every secret that the file refers to; reports those that cannot be had. */
export function readSecrets(file: Raw, source: SecretSource, report: Report): Secrets {
  const secrets = new Map<string, Secret>()
  const { needs = () => true } = source

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

  function readCredentials(raw: Raw | undefined, path: Path): void {
    const credentials = mapOf(raw)
    for (const key of ['password', 'token', 'nkey']) {
      if (credentials[key] !== undefined) {
        take([...path, key], (place) => readSecret(credentials[key], place))
      }
    }
    const credsFile = textOf(credentials['credsFile'])
    if (credsFile !== undefined && credsFile !== '') {
      take([...path, 'credsFile'], (place) => readSecretFile(credsFile, place, true))
    }
  }

  function take(path: Path, read: (path: Path) => void): void {
    if (needs(path, file)) {
      read(path)
    } else {
      secrets.set(pathText(path), new Secret(undefined))
    }
  }

  const { switches, bus, tenants } = mapOf(file)
  for (const [switchId, settings] of Object.entries(mapOf(switches))) {
    const { password } = mapOf(settings)
    take(['switches', switchId, 'password'], (place) => readSecret(password, place))
  }
  readCredentials(mapOf(mapOf(bus)['nats'])['credentials'], ['bus', 'nats', 'credentials'])
  for (const [tenantId, tenant] of Object.entries(mapOf(tenants))) {
    for (const [plugin, settings] of Object.entries(mapOf(mapOf(tenant)['plugins']))) {
      const place = ['tenants', tenantId, 'plugins', plugin, 'credentials']
      readCredentials(mapOf(settings)['credentials'], place)
    }
  }
  return secrets
}
