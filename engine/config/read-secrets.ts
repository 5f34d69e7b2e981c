import { dirname, resolve } from 'node:path'
import { SwitchyardError } from '../errors.ts'
import type { Raw, Report } from '../yaml/document.ts'
import { type Path, pathText } from '../yaml/fault.ts'
import { mapOf, textOf } from '../yaml/raw.ts'
import { Secret } from './secret.ts'
import { variableName } from './secret-schema.ts'

/** Where secrets come from. */
export interface SecretSource {
  /** The path of the configuration file: paths in the file are relative to its directory. */
  readonly path: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a text file; throws as `node:fs` does. */
  readFile(path: string): string
  /** Which secrets this process needs. The others are not read and need not exist. @default all */
  readonly needs?: SecretNeeds
}

/** Whether the secret at a path in the file is needed. */
export type SecretNeeds = (path: Path, file: Raw) => boolean

/** What the engine needs: all secrets except those of its plugins, which run as processes of their own. */
export const engineNeeds: SecretNeeds = ([section, , part]) =>
  section !== 'tenants' || part !== 'plugins'

/**
 * What the process of a plugin needs: how it logs in to the broker.
 *
 * @param tenant the only tenant it runs for; undefined for all that have it
 */
export function pluginNeeds(plugin: string, tenant?: string): SecretNeeds {
  return ([section, of, part, name], file) => {
    if (section === 'tenants') {
      return part === 'plugins' && name === plugin && (tenant === undefined || of === tenant)
    }
    // Those of the engine: only if in one of the tenants the plugin has no user of its own.
    const users = Object.entries(mapOf(mapOf(file)['tenants']))
      .filter(([id]) => tenant === undefined || id === tenant)
      .map(([, settings]) => mapOf(mapOf(settings)['plugins'])[plugin])
    return (
      section === 'bus' &&
      users.some((one) => one !== undefined && mapOf(one)['credentials'] === undefined)
    )
  }
}

/** The secrets of a file, by the {@link pathText} of the place that refers to them. */
export type Secrets = ReadonlyMap<string, Secret>

/**
 * Looks up the secrets of a file without faults.
 *
 * @throws SwitchyardError SY_CONFIG_INVALID for a place without a secret
 */
export function secretIn(secrets: Secrets): (place: string) => Secret {
  return (place) => {
    const secret = secrets.get(place)
    if (secret === undefined) {
      throw new SwitchyardError('SY_CONFIG_INVALID', `${place}: the secret was not read`)
    }
    return secret
  }
}

/** Fetches every secret that the file refers to, and reports those that cannot be read. */
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
        'create it, or make it readable for the user that runs the engine',
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
        `${name} contains a line feed or another control character`,
        'keep nothing but the secret in it, on one line',
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
