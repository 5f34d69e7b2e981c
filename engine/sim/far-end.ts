import type { Channel } from './channel.ts'
import type { Exchange } from './exchange.ts'
import type { ByteString } from './wire-text.ts'

/** Puts the channel's call on hold, or resumes it. */
export function holdChannel(exchange: Exchange, channel: Channel, isHeld: boolean): void {
  channel.callState = isHeld ? 'HELD' : 'UNHELD'
  exchange.emit({ name: isHeld ? 'CHANNEL_HOLD' : 'CHANNEL_UNHOLD', channel })
  if (!isHeld) channel.callState = 'ACTIVE'
}

/** Sends keys to the channel. Its innermost application receives them at the next media step. */
export function press(
  exchange: Exchange,
  channel: Channel,
  digits: ByteString,
  source: 'APP' | 'RTP',
): void {
  exchange.step(() => {
    for (const digit of channel.isUp ? digits : '') {
      const last = [
        ['DTMF-Digit', digit],
        ['DTMF-Duration', '2000'],
        ['DTMF-Source', source],
      ] as const
      exchange.emit({ name: 'DTMF', channel, last })
      channel.top?.hooks.digit?.(digit)
    }
  })
}
