import { type ApiCommand, noChannel, onChannel } from './api-command.ts'
import { bridgeByUuid } from './bridge.ts'
import type { Channel } from './channel.ts'
import { dial } from './dialling.ts'
import type { Exchange } from './exchange.ts'
import { holdChannel, press } from './far-end.ts'
import { scheduleTransfer, unschedule } from './schedule.ts'
import { enter, execute, hangUp, post, proceed, transfer } from './thread.ts'
import { json, plain } from './wire-text.ts'

const setvarMultiUsage = '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n'

const setvarMulti: ApiCommand = (exchange, args) => {
  const space = args.indexOf(' ')
  if (space < 0) return setvarMultiUsage
  const channel = exchange.find(args.slice(0, space))
  if (!channel) return noChannel + setvarMultiUsage
  const pairs = args.slice(space + 1).split(/(?<!\\);/)
  for (const pair of pairs) {
    const text = pair.replaceAll('\\;', ';')
    const equals = text.indexOf('=')
    if (equals > 0) channel.setVariable(text.slice(0, equals), text.slice(equals + 1))
  }
  return '+OK\n'
}

const bridge: ApiCommand = (exchange, args) => {
  const [one, other, ...rest] = args.split(' ')
  if (!one || !other || rest.length > 0) return '-USAGE: <uuid> <other_uuid>\n'
  const a = exchange.find(one)
  const b = exchange.find(other)
  if (!a || !b || a === b) return '-ERR Invalid uuid\n'
  bridgeByUuid(exchange, a, b)
  return `+OK ${other}\n`
}

const hold: ApiCommand = (exchange, args) => {
  const words = args.split(' ')
  const isOff = words[0] === 'off'
  const uuid = (isOff ? words[1] : words[0]) ?? ''
  if (uuid === '') return '-USAGE: [off|toggle] <uuid> [<display>]\n'
  const channel = exchange.find(uuid)
  if (!channel) return '-ERR Operation failed\n'
  holdChannel(exchange, channel, !isOff)
  return '+OK Success\n'
}

const moveChannel = onChannel(
  '<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]',
  2,
  (exchange, channel, args) => {
    const flag = args[0]?.startsWith('-') ? args.shift() : undefined
    const [extension = '', , context] = args
    const { partner } = channel
    if (flag === '-bleg' || flag === '-both') {
      if (!partner) return '-ERR No such channel!\n'
      transfer(exchange, partner, extension, context)
    }
    if (flag !== '-bleg') transfer(exchange, channel, extension, context)
    return '+OK\n'
  },
)

const originate: ApiCommand = (exchange, args, reply) => {
  const usage =
    '-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n'
  const parts = /^((?:\{.*?\}|\[.*?\]|[^ ])+) +(&([^(]+)(?:\((.*)\))?|[^ ]+)/s.exec(args)
  if (!parts) return usage
  const [, dialString = '', target = '', application, data = ''] = parts
  dial(exchange, {
    dialString,
    failed: (cause) => reply(`-ERR ${cause}\n`),
    answered(leg) {
      exchange.step(() => {
        reply(`+OK ${leg.uuid}\n`)
        if (!leg.isUp) return
        leg.state = 'CS_EXECUTE'
        showFarEnd(leg)
        if (application === undefined) {
          leg.destination = target
          leg.profileChanged()
          return enter(exchange, leg)
        }
        execute(exchange, leg, { application, data }, () => proceed(exchange, leg))
      })
    },
  })
  return undefined
}

/**
 * A leg dialled on behalf of no other call shows its far end as its caller once it runs
 * an application (trace dialled-and-answered).
 */
function showFarEnd(leg: Channel): void {
  const isSip = leg.kind === 'phone'
  leg.shownName = isSip ? leg.dialled : 'Outbound Call'
  leg.shownNumber = isSip ? leg.dialled : leg.context
  leg.profileChanged()
}

/** The reply of commands that look up the session themselves. */
const noSession = '-ERR Cannot locate session!\n'

const record: ApiCommand = (exchange, args) => {
  const [uuid = '', what, path] = args.split(' ')
  if (path === undefined) return '-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>]\n'
  const channel = exchange.find(uuid)
  if (!channel) return noSession
  const first = [['Record-File-Path', path]] as const
  if (what === 'start') {
    if (!exchange.settings.canRecord(path)) return '-ERR Cannot record session!\n'
    channel.recordings.add(path)
    exchange.emit({ name: 'RECORD_START', channel, last: first })
    return '+OK Success\n'
  }
  if (!channel.recordings.delete(path)) return '-ERR Cannot stop record session!\n'
  const last = [...first, ['Record-Completion-Cause', 'success-maxtime']] as const
  exchange.emit({ name: 'RECORD_STOP', channel, last })
  return '+OK Success\n'
}

const broadcast = onChannel(
  '<uuid> <path> [aleg|bleg|holdb|both]',
  2,
  (exchange, channel, [path = '']) => {
    const colons = path.indexOf('::')
    const [application, data] =
      colons < 0 ? ['playback', path] : [path.slice(0, colons), path.slice(colons + 2)]
    post(exchange, channel, {
      command: 'execute',
      application,
      data,
      uuid: undefined,
      locks: false,
      loops: 1,
      cause: '',
    })
    return '+OK Message sent\n'
  },
)

const receiveDigits: ApiCommand = (exchange, args) => {
  const [uuid = '', digits = ''] = args.split(' ')
  if (digits === '') return '-USAGE: <uuid> <dtmf_data>\n'
  const channel = exchange.find(uuid)
  if (!channel) return noSession
  press(exchange, channel, digits, 'APP')
  return `+OK ${uuid} received DTMF ${digits}.\n`
}

function hangUpAll(exchange: Exchange, args: string): string {
  const cause = args.split(' ')[0] || 'MANAGER_REQUEST'
  for (const channel of [...exchange.channels.values()]) hangUp(exchange, channel, cause, 'killed')
  return `+OK hangup all channels with cause ${cause}\n`
}

/** API commands that place, change or end calls. */
export const callCommands: ReadonlyMap<string, ApiCommand> = new Map<string, ApiCommand>([
  ['hupall', hangUpAll],
  ['originate', originate],
  ['sched_del', (exchange, args) => `+OK Deleted: ${unschedule(exchange, args)}\n`],
  [
    'sched_transfer',
    (exchange, args) => {
      const [when = '', uuid = '', extension, , context] = args.split(' ')
      if (!extension) return '-USAGE: [+]<time> <uuid> <extension> [<dialplan>] [<context>]\n'
      const channel = exchange.find(uuid)
      if (!channel) return noChannel
      scheduleTransfer(exchange, channel, when, extension, context)
      return '+OK\n'
    },
  ],
  [
    'uuid_break',
    onChannel('<uuid> [all]', 1, (_, channel) => {
      channel.top?.hooks.interrupt?.()
      return '+OK\n'
    }),
  ],
  ['uuid_bridge', bridge],
  ['uuid_broadcast', broadcast],
  ['uuid_displace', onChannel('<uuid> [start|stop] <path>', 3, () => '+OK Success\n')],
  [
    'uuid_dump',
    onChannel('<uuid> [format]', 1, (exchange, channel, [format]) =>
      exchange.text({ name: 'CHANNEL_DATA', channel }, format === 'json' ? json : plain),
    ),
  ],
  ['uuid_exists', (exchange, args) => String(exchange.find(args) !== undefined)],
  [
    'uuid_flush_dtmf',
    (exchange, args) => (exchange.find(args) ? '+OK\n' : '-ERR No such session\n'),
  ],
  [
    'uuid_getvar',
    onChannel('<uuid> <var>', 2, (_, channel, [name = '']) => channel.variable(name) ?? '_undef_'),
  ],
  ['uuid_hold', hold],
  [
    'uuid_kill',
    onChannel('<uuid> [cause]', 1, (exchange, channel, [cause]) => {
      hangUp(exchange, channel, cause || 'NORMAL_CLEARING', 'killed')
      return '+OK\n'
    }),
  ],
  ['uuid_record', record],
  ['uuid_recv_dtmf', receiveDigits],
  [
    'uuid_setvar',
    onChannel('<uuid> <var> [value]', 2, (_, channel, [name = ''], rest) => {
      channel.setVariable(name, rest.slice(name.length + 1))
      return '+OK\n'
    }),
  ],
  ['uuid_setvar_multi', setvarMulti],
  ['uuid_transfer', moveChannel],
])
