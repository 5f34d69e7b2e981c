import type { Bridge, Channel } from './channel.ts'
import type { Exchange } from './exchange.ts'
import { hangUp, proceed as proceedInDialplan, transfer, unwind } from './thread.ts'

/**
 * Lets two channels hear each other. CHANNEL_BRIDGE and CHANNEL_UNBRIDGE are events of `a`.
 * `proceed` is called when `b` has left, unless a variable of `a` says what to do instead.
 */
export function join(exchange: Exchange, a: Channel, b: Channel, proceed: () => void): void {
  const now = exchange.clock.now()
  a.other = { type: 'originatee', channel: b }
  b.other ??= { type: 'originator', channel: a }
  a.callState = 'ACTIVE'
  b.callState = 'ACTIVE'
  a.bridgedAt = now
  b.bridgedAt = now
  a.profileChanged()
  b.profileChanged()
  a.setVariable('signal_bond', b.uuid)
  const first = [
    ['Bridge-A-Unique-ID', a.uuid],
    ['Bridge-B-Unique-ID', b.uuid],
  ] as const
  exchange.emit({ name: 'CHANNEL_BRIDGE', channel: a, first })
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    bond(one, other)
    one.setVariable('bridge_to', other.uuid)
    one.setVariable('last_bridge_to', other.uuid)
  }
  b.state = 'CS_EXCHANGE_MEDIA'

  const bridge: Bridge = {
    a,
    b,
    left(channel, how) {
      a.bridge = undefined
      b.bridge = undefined
      a.setVariable('bridge_to', undefined)
      b.setVariable('bridge_to', undefined)
      const other = channel === a ? b : a
      other.party?.parted?.()
      if (channel === a) {
        if (how === 'hangup') b.setVariable('last_bridge_hangup_cause', a.hangupCause)
        hangUp(exchange, b, 'NORMAL_CLEARING', 'hungUp')
      }
      const cause = b.hangupCause ?? 'NORMAL_CLEARING'
      if (channel === b) a.setVariable('last_bridge_hangup_cause', cause)
      a.setVariable('bridge_hangup_cause', cause)
      exchange.emit({ name: 'CHANNEL_UNBRIDGE', channel: a, first })
      if (channel === b && a.isUp) afterBridge(exchange, a, cause, proceed)
    },
  }
  a.bridge = bridge
  b.bridge = bridge
  a.party?.joined?.(b.uuid)
  b.party?.joined?.(a.uuid)
}

function bond(channel: Channel, other: Channel): void {
  channel.setVariable('bridge_channel', other.name)
  channel.setVariable('bridge_uuid', other.uuid)
  channel.setVariable('signal_bond', other.uuid)
}

/** Applies the variables that decide what happens to the caller after the other leg left (switch_ivr_bridge.c). */
function afterBridge(exchange: Exchange, a: Channel, cause: string, proceed: () => void): void {
  const transferTo = a.variable('transfer_after_bridge')
  if (a.isTrue('park_after_bridge')) parkAfterBridge(exchange, a)
  else if (transferTo !== undefined) transfer(exchange, a, transferTo.split(/[: ]/)[0] as string)
  else if (a.isTrue('hangup_after_bridge')) hangUp(exchange, a, cause, 'hungUp')
  else proceed()
}

function parkAfterBridge(exchange: Exchange, channel: Channel): void {
  unwind(exchange, channel, 'transferred')
  channel.setVariable('park_after_bridge', undefined)
  channel.state = 'CS_PARK'
  channel.stack.push({
    application: 'park',
    data: '',
    uuid: exchange.random.uuid(),
    isExecuted: false,
    hooks: { unwind: () => exchange.emit({ name: 'CHANNEL_UNPARK', channel }) },
    next: () => undefined,
  })
  exchange.emit({ name: 'CHANNEL_PARK', channel })
}

/**
 * `uuid_bridge A B`: both channels leave what they run at the next media step and are
 * joined at the one after (trace bridge-caller-hangs-up, among others).
 */
export function bridgeByUuid(exchange: Exchange, a: Channel, b: Channel): void {
  const plan = a.plan
  exchange.step(() => {
    if (!a.isUp || !b.isUp) {
      abandon(exchange, a.isUp ? a : b)
      return
    }
    const seconds = Math.floor(exchange.clock.now() / 1000)
    b.other = { type: 'originator', channel: a }
    a.other = { type: 'originatee', channel: b }
    for (const [one, other] of [
      [b, a],
      [a, b],
    ] as const) {
      const source = `${seconds}:${exchange.random.uuid()}:uuid_br:${other.uuid}`
      one.transferSource = source
      one.setVariable('transfer_source', source)
      bond(one, other)
      one.profileChanged()
      unwind(exchange, one, 'joined')
      one.bridge?.left(one, 'transfer')
    }
    exchange.step(() => {
      if (!a.isUp || !b.isUp) {
        abandon(exchange, a.isUp ? a : b)
        return
      }
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        one.state = 'CS_SOFT_EXECUTE'
        const last = [
          ['Application', 'uuid_bridge'],
          ['Application-Data', other.uuid],
        ] as const
        exchange.emit({ name: 'CHANNEL_EXECUTE', channel: one, last })
      }
      join(exchange, a, b, () => {
        a.state = 'CS_EXECUTE'
        a.plan = plan
        proceedInDialplan(exchange, a)
      })
    })
  })
}

/** Hangs up the remaining channel (switch_ivr_bridge.c, uuid_bridge_on_soft_execute). */
function abandon(exchange: Exchange, remaining: Channel): void {
  hangUp(exchange, remaining, 'DESTINATION_OUT_OF_ORDER', 'hungUp')
}
