import type { CommandName } from '../catalogue/commands/commands.ts'
import {
  deadLetterStream,
  eventStream,
  pluginEventSubject,
  pluginSubject,
  tenantToken,
} from '../catalogue/subjects.ts'
import { storeName } from './plugin-stores.ts'

/** What a plugin's user of nats-server may do, to be granted to nobody else. */
export interface NatsPermissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

export interface PermissionsOptions {
  readonly tenant: string
  readonly plugin: string
  /** Commands of the catalogue that it gives. */
  readonly gives: readonly CommandName[]
  /** Commands of the catalogue that it carries out. */
  readonly serves?: readonly CommandName[]
}

/** Where a plugin's answers are delivered, so that no other plugin reads them: `inboxPrefix` of its bus. */
export function pluginInbox(tenant: string, plugin: string): string {
  return `_INBOX.${tenantToken(tenant)}_${plugin}`
}

/**
 * The least a plugin's user needs: to hear the events of its tenant, to give and
 * serve the commands named, to publish events of its own, and to keep what is its
 * own. It can publish no other events, give no other commands, and read nothing of
 * its neighbours.
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

/** The permissions as nats-server.conf writes them, to go into the entry of the user. */
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

/** All that its user may ask of JetStream for one bucket. */
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
