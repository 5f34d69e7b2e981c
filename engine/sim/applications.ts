import { join } from './bridge.ts'
import type { Channel } from './channel.ts'
import { dial } from './dialling.ts'
import type { Application, Exchange } from './exchange.ts'
import { playback } from './playback.ts'
import { playAndGetDigits, readDigits } from './read-digits.ts'
import { scheduleTransfer } from './schedule.ts'
import { finish, hangUp, transfer, whenInnermost } from './thread.ts'

/** An application that changes the channel and ends at once. */
function instant(
  change: (exchange: Exchange, channel: Channel, data: string) => void,
): Application {
  return (exchange, channel, run) => {
    change(exchange, channel, run.data)
    finish(exchange, channel, run)
  }
}

/** Answers the channel, unless it is answered already. */
function answer(exchange: Exchange, channel: Channel): void {
  if (channel.answeredAt !== 0) return
  channel.answeredAt = exchange.clock.now()
  channel.answerState = 'answered'
  channel.setVariable('endpoint_disposition', 'ANSWER')
  channel.profileChanged()
  exchange.emit({ name: 'CHANNEL_ANSWER', channel })
  channel.callState = 'ACTIVE'
  channel.party?.answered?.()
}

const park: Application = (exchange, channel, run) => {
  if (channel.answeredAt === 0 && channel.direction === 'inbound') channel.party?.progressed?.()
  exchange.emit({ name: 'CHANNEL_PARK', channel })
  run.hooks = { unwind: () => exchange.emit({ name: 'CHANNEL_UNPARK', channel }) }
}

const sleep: Application = (exchange, channel, run) => {
  const timer = exchange.after(Number(run.data), () => finish(exchange, channel, run))
  run.hooks = { unwind: () => timer.cancel() }
}

/** Dials, and joins the caller to the first leg that answers (traces `offer-by-bridge-*`). */
const bridge: Application = (exchange, channel, run) => {
  const setDisposition = (disposition: string): void => {
    channel.setVariable('originate_disposition', disposition)
    channel.setVariable('DIALSTATUS', disposition)
  }
  const before = channel.callState
  let isDialling = true
  setDisposition('failure')
  channel.callState = 'RING_WAIT'
  const dialling = dial(exchange, {
    dialString: run.data,
    caller: channel,
    failed(cause) {
      isDialling = false
      setDisposition(cause)
      if (!channel.isUp) return
      channel.callState = before
      if (continuesOn(channel, cause)) finish(exchange, channel, run)
      else hangUp(exchange, channel, cause, 'hungUp')
    },
    answered(leg) {
      isDialling = false
      setDisposition('SUCCESS')
      run.hooks = { unwind: () => hangUp(exchange, leg, 'NORMAL_CLEARING', 'hungUp') }
      exchange.step(() => {
        whenInnermost(channel, run, () => {
          channel.callState = 'ACTIVE'
          if (!leg.isUp) return finish(exchange, channel, run)
          run.hooks = { unwind: (why) => channel.bridge?.left(channel, departure(why)) }
          join(exchange, channel, leg, () => finish(exchange, channel, run))
        })
      })
    },
  })
  if (!isDialling) return
  run.hooks = {
    unwind() {
      dialling.cancel()
      setDisposition('ORIGINATOR_CANCEL')
    },
  }
}

function departure(why: string): 'hangup' | 'transfer' {
  return why === 'transferred' || why === 'joined' ? 'transfer' : 'hangup'
}

/** Whether the call goes on after a failed bridge (switch_channel.c, switch_channel_handle_cause). */
function continuesOn(channel: Channel, cause: string): boolean {
  const setting = channel.variable('continue_on_fail')
  if (setting === undefined) {
    return ['NO_ANSWER', 'NO_USER_RESPONSE', 'ORIGINATOR_CANCEL'].includes(cause)
  }
  return channel.isTrue('continue_on_fail') || setting.toUpperCase().split(',').includes(cause)
}

function assign(channel: Channel, pair: string): void {
  const equals = pair.indexOf('=')
  if (equals > 0) channel.setVariable(pair.slice(0, equals), pair.slice(equals + 1))
}

/** The applications a channel can execute. Any other hangs the channel up. */
export const applications: ReadonlyMap<string, Application> = new Map<string, Application>([
  ['answer', instant(answer)],
  ['bridge', bridge],
  ['eavesdrop', () => undefined],
  ['export', instant((_, channel, data) => assign(channel, data.replace(/^nolocal:/, '')))],
  [
    'hangup',
    (exchange, channel, run) => hangUp(exchange, channel, run.data || 'NORMAL_CLEARING', 'hungUp'),
  ],
  ['info', instant(() => undefined)],
  ['log', instant(() => undefined)],
  [
    'multiset',
    instant((_, channel, data) => {
      for (const pair of data.split(' ')) assign(channel, pair)
    }),
  ],
  ['park', park],
  ['play_and_get_digits', playAndGetDigits],
  ['playback', playback],
  ['read', readDigits],
  [
    'ring_ready',
    instant((exchange, channel) => {
      exchange.emit({ name: 'CHANNEL_PROGRESS', channel })
      channel.party?.progressed?.()
    }),
  ],
  // `say` needs a module for each language. This switch has none.
  ['say', instant(() => undefined)],
  [
    'sched_transfer',
    instant((exchange, channel, data) => {
      const [when = '', extension = '', , context] = data.split(' ')
      const task = scheduleTransfer(exchange, channel, when, extension, context)
      channel.setVariable('last_sched_id', String(task))
    }),
  ],
  ['set', instant((_, channel, data) => assign(channel, data))],
  ['sleep', sleep],
  [
    'transfer',
    (exchange, channel, run) => {
      const [extension = '', , context] = run.data.split(' ')
      transfer(exchange, channel, extension, context)
    },
  ],
  ['unset', instant((_, channel, data) => channel.setVariable(data, undefined))],
])
