import type { ApiCommand } from './api-command.ts'
import { callCommands } from './call-commands.ts'
import type { Exchange } from './exchange.ts'
import { showCalls, showChannels } from './listing.ts'
import type { ByteString } from './wire-text.ts'

const version = '1.11.3-dev+git~20260821T141014Z~cc93a683ca~64bit'

/** Runs an `api` or `bgapi` command and hands its text to `reply`, once. */
export function runApi(
  exchange: Exchange,
  command: ByteString,
  reply: (text: ByteString) => void,
): void {
  const space = command.indexOf(' ')
  const name = space < 0 ? command : command.slice(0, space)
  const args = space < 0 ? '' : command.slice(space + 1).trim()
  const api = commands.get(name)
  const text = api ? api(exchange, args, reply) : `-ERR ${name} Command not found!\n`
  if (text !== undefined) reply(text)
}

function status(exchange: Exchange): string {
  const up = exchange.clock.now() - exchange.startedAt
  const seconds = Math.floor(up / 1000)
  return [
    `UP 0 years, ${Math.floor(seconds / 86_400)} days, ${Math.floor(seconds / 3600) % 24} hours, ${Math.floor(seconds / 60) % 60} minutes, ${seconds % 60} seconds, ${up % 1000} milliseconds, 0 microseconds`,
    'FreeSWITCH (Version 1.11.3-dev git cc93a68 2026-08-21 14:10:14Z 64bit) is ready',
    `${exchange.sessionsSinceStart} session(s) since startup`,
    `${exchange.channels.size} session(s) - peak 3, last 5min 3 `,
    '2 session(s) per Sec out of max 1000, peak 3, last 5min 3 ',
    '5000 session(s) max',
    'min idle cpu 0.00/27.53',
    'Current Stack Size/Max 240K/240K\n',
  ].join('\n')
}

const commands: ReadonlyMap<string, ApiCommand> = new Map<string, ApiCommand>([
  ...callCommands,
  ['create_uuid', (exchange) => exchange.random.uuid()],
  [
    'fsctl',
    (_, args) =>
      args === 'max_sessions'
        ? '+OK max sessions: 5000\n'
        : args === ''
          ? '-USAGE: fsctl\n'
          : '+OK\n',
  ],
  ['global_getvar', (exchange, args) => (args === 'hostname' ? exchange.settings.hostname : '')],
  ['hostname', (exchange) => exchange.settings.hostname],
  ['reloadxml', () => '+OK [Success]\n'],
  [
    'show',
    (exchange, args) => {
      if (/^channels count/.test(args)) return `\n${exchange.listed().length} total.\n`
      if (/^channels as json/.test(args)) return showChannels(exchange)
      return /^calls as json/.test(args) ? showCalls(exchange) : '-USAGE: channels|calls as json\n'
    },
  ],
  ['status', status],
  ['strftime_tz', () => '-ERR Invalid timezone/format\n'],
  ['version', () => `FreeSWITCH Version ${version} (git cc93a68 2026-08-21 14:10:14Z 64bit)\n`],
])
