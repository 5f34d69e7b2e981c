import type { CommandName } from '../catalogue/commands/commands.ts'
import {
  deadLetterStream,
  eventStream,
  pluginEventSubject,
  pluginSubject,
  tenantToken,
} from '../catalogue/subjects.ts'
import { storeName } from './plugin-stores.ts'

/** Permissions of a plugin's nats-server user. */
export interface NatsPermissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

export interface PermissionsOptions {
  readonly tenant: string
  readonly plugin: string
  /** Commands of the catalogue that it gives. */
  readonly gives: readonly CommandName[]
  /** Commands of the catalogue that it serves. */
  readonly serves?: readonly CommandName[]
}

/** The inbox prefix for replies to a plugin, so that no other plugin reads them: `inboxPrefix` of its bus. */
export function pluginInbox(tenant: string, plugin: string): string {
  return `_INBOX.${tenantToken(tenant)}_${plugin}`
}

/**
 * The least permissions a plugin's user needs: read the events of its tenant, give and
 * serve the named commands, publish the plugin's own events, and use its own stores. It can
 * publish no other events, give no other commands, and read nothing of other plugins.
 */
export function natsPermissions(options: PermissionsOptions): NatsPermissions {
  const { tenant, plugin, gives, serves = [] } = options
  const name = storeName(tenant, plugin)
  const own = (kind: 'command' | 'deadLetter') =>
    `${pluginSubject(tenant, plugin, kind, 'x').slice(0, -1)}>`
  const command = (one: CommandName) => `switchyard.${tenant}.command.${one}`
  const events = `${eventStream.name}.${name}`
  const services = [`${tenant}-${plugin}`, `${tenant}-${plugin}-serves`]
  return {
    publish: [
      ...gives.map(command),
      `${pluginEventSubject(tenant, `${plugin}.x`).slice(0, -1)}>`,
      own('deadLetter'),
      '$JS.API.INFO',
      `$JS.API.CONSUMER.CREATE.${events}.switchyard.${tenant}.event.>`,
      `$JS.API.CONSUMER.INFO.${events}`,
      `$JS.API.CONSUMER.MSG.NEXT.${events}`,
      `$JS.ACK.${events}.>`,
      ...['INFO', 'CREATE'].map((verb) => `$JS.API.STREAM.${verb}.${deadLetterStream.name}`),
      ...[name, `${name}_DONE`].flatMap(bucketSubjects),
    ],
    subscribe: [
      `${pluginInbox(tenant, plugin)}.>`,
      own('command'),
      ...serves.map(command),
      ...['PING', 'INFO', 'STATS'].flatMap((verb) => [
        `$SRV.${verb}`,
        ...services.flatMap((service) => [`$SRV.${verb}.${service}`, `$SRV.${verb}.${service}.*`]),
      ]),
    ],
  }
}

/** Formats the permissions for nats-server.conf, to be pasted into the user's entry. */
export function formatPermissions({ publish, subscribe }: NatsPermissions): string {
  const list = (subjects: readonly string[]) =>
    subjects.map((subject) => `          "${subject}"\n`).join('')
  return `      permissions: {
        publish: { allow: [
${list(publish)}        ] }
        subscribe: { allow: [
${list(subscribe)}        ] }
        allow_responses: true
      }
`
}

/** Everything its user may request of JetStream for one bucket. */
function bucketSubjects(bucket: string): readonly string[] {
  const stream = `KV_${bucket}`
  return [
    `$KV.${bucket}.>`,
    ...['INFO', 'CREATE', 'UPDATE', 'MSG.GET'].map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ]
}
