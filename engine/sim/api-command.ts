import type { Channel } from './channel.ts'
import type { Exchange } from './exchange.ts'
import type { ByteString } from './wire-text.ts'

/** Runs one API command. It returns the reply, or undefined when `reply` is called later. */
export type ApiCommand = (
  exchange: Exchange,
  args: ByteString,
  reply: (text: ByteString) => void,
) => ByteString | undefined

/** The reply of commands that take the UUID of a channel. */
export const noChannel = '-ERR No such channel!\n'

/** Creates a command whose first argument is the UUID of a channel. */
export function onChannel(
  usage: string,
  minArguments: number,
  run: (exchange: Exchange, channel: Channel, args: string[], rest: string) => ByteString,
): ApiCommand {
  return (exchange, args) => {
    const words = args.split(' ')
    if (args === '' || words.length < minArguments) return `-USAGE: ${usage}\n`
    const [uuid = '', ...others] = words
    const channel = exchange.find(uuid)
    return channel ? run(exchange, channel, others, args.slice(uuid.length + 1)) : noChannel
  }
}
