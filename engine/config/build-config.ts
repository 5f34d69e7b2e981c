import { dirname, resolve } from 'node:path'
import type { SwitchId, TenantId } from '../catalogue/ids.ts'
import { SwitchyardError } from '../errors.ts'
import type { ConfigDocument } from '../yaml/document.ts'
import { mapEntries } from '../yaml/map-entries.ts'
import { buildTenant } from './build-tenant.ts'
import type { BusConfig, EngineConfig, NatsCredentials, NatsTls } from './engine-config.ts'
import type { ConfigFile } from './file-schema.ts'
import type { Secrets } from './read-secrets.ts'
import type { Secret } from './secret.ts'

type CredentialsFile = Exclude<ConfigFile['bus'], string>['nats']['credentials']
type NatsFile = Exclude<ConfigFile['bus'], string>['nats']

/** What the file's schema does not say. */
export interface ConfigSources {
  readonly secrets: Secrets
  /** Of the configuration file: paths in it are relative to its directory. */
  readonly path: string
  readonly isPlain: ConfigDocument['isPlain']
}

/** Turns a file without faults into the configuration the engine runs on. */
export function buildConfig(
  file: ConfigFile,
  { secrets, path, isPlain }: ConfigSources,
): EngineConfig {
  const absolute = (relative: string) => resolve(dirname(path), relative)
  const secretOf = (place: string): Secret => {
    const secret = secrets.get(place)
    if (secret === undefined) {
      throw new SwitchyardError('SY_CONFIG_INVALID', `${place}: the secret was not read`)
    }
    return secret
  }
  return {
    log: file.log,
    ops: file.ops,
    bus: file.bus === 'memory' ? { type: 'memory' } : buildNats(file.bus.nats, secretOf, absolute),
    outbox:
      file.outbox === undefined
        ? undefined
        : { ...file.outbox, directory: absolute(file.outbox.directory) },
    switches: mapEntries(file.switches, (id, { type, host, port, commandTimeout }) => [
      id as SwitchId,
      {
        type,
        switchId: id as SwitchId,
        host,
        port,
        password: secretOf(`switches.${id}.password`),
        commandTimeoutMs: commandTimeout,
      },
    ]),
    tenants: mapEntries(file.tenants, (id, tenant) => [
      id as TenantId,
      buildTenant(id as TenantId, tenant, {
        absolute,
        isPlain,
        directory: dirname(path),
        credentials: (file, place) => buildCredentials(file, place, secretOf),
      }),
    ]),
  }
}

function buildNats(
  { servers, credentials, tls }: NatsFile,
  secretOf: (place: string) => Secret,
  absolute: (relative: string) => string,
): BusConfig {
  const paths: NatsTls | undefined =
    tls === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(tls).flatMap(([key, file]) =>
            file === undefined ? [] : [[key, absolute(file)]],
          ),
        )
  return {
    type: 'nats',
    servers,
    credentials: buildCredentials(credentials, 'bus.nats.credentials', secretOf),
    tls: paths,
  }
}

function buildCredentials(
  credentials: CredentialsFile,
  path: string,
  secretOf: (place: string) => Secret,
): NatsCredentials | undefined {
  const place = (key: string) => secretOf(`${path}.${key}`)
  if (credentials === undefined) {
    return undefined
  }
  if (credentials.user !== undefined) {
    return { type: 'password', user: credentials.user, password: place('password') }
  }
  if (credentials.token !== undefined) {
    return { type: 'token', token: place('token') }
  }
  return credentials.nkey === undefined
    ? { type: 'creds', creds: place('credsFile') }
    : { type: 'nkey', seed: place('nkey') }
}
