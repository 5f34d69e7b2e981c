import type { DurationMs, EpochMs } from '../catalogue/ids.ts'
import type { Timer } from '../clock.ts'
import type { Channel } from './channel.ts'
import { type DialledLeg, parseDialString } from './dial-string.ts'
import { connect, resolveEndpoint } from './endpoint.ts'
import type { Exchange } from './exchange.ts'
import { hangUp } from './thread.ts'
import type { ByteString } from './wire-text.ts'

export interface DialOrder {
  readonly dialString: ByteString
  /** The channel it dials for. Without one, the switch dials on its own behalf. */
  readonly caller?: Channel
  answered(leg: Channel): void
  /** Called when no leg answered. `cause` is the last leg's. */
  failed(cause: string): void
}

export interface Dialling {
  /** Hangs up the legs that still ring. `failed` is not called afterwards. */
  cancel(): void
}

/** How long a group of legs may ring unless a variable sets another limit (originate's default). */
const defaultTimeoutSeconds = 60

/** Dials until one leg answers. The others are hung up with LOSE_RACE. */
export function dial(exchange: Exchange, order: DialOrder): Dialling {
  const { caller } = order
  const { variables, groups } = parseDialString(order.dialString)
  const ringing = new Set<Channel>()
  /** Legs that wait for their `leg_delay_start`, with the seconds they wait. */
  const delayed = new Map<Channel, { seconds: number; begin(): void; wait(): void }>()
  let cause = 'NORMAL_CLEARING'
  let isOver = false
  let limit: Timer | undefined

  function end(others: string): void {
    isOver = true
    limit?.cancel()
    for (const leg of [...ringing]) hangUp(exchange, leg, others, 'hungUp')
  }

  function ringGroup(index: number): void {
    const group = groups[index]
    if (!group) {
      isOver = true
      order.failed(cause)
      return
    }
    let pending = group.length
    const lost = (why: string): void => {
      if (!isOver) cause = why
      if (--pending > 0 || isOver) return
      limit?.cancel()
      ringGroup(index + 1)
    }
    const seconds = Number(
      variables.get('originate_timeout') ??
        variables.get('call_timeout') ??
        caller?.variable('call_timeout') ??
        defaultTimeoutSeconds,
    )
    limit = exchange.after(seconds * 1000, () => {
      for (const leg of [...ringing]) hangUp(exchange, leg, 'NO_ANSWER', 'hungUp')
    })
    for (const dialled of group) if (!isOver) ringLeg(dialled, lost)
    startEarly()
  }

  /**
   * When no phone rings any more, the next delayed legs start at once and all others
   * start sooner by as much (switch_ivr_originate.c, check_per_channel_timeouts).
   */
  function startEarly(): void {
    if (isOver || ringing.size > delayed.size || delayed.size === 0) return
    const next = Math.min(...[...delayed.values()].map(({ seconds }) => seconds))
    exchange.step(() => {
      for (const one of [...delayed.values()]) {
        one.seconds -= next
        if (one.seconds > 0) one.wait()
        else one.begin()
      }
    })
  }

  function ringLeg(dialled: DialledLeg, lost: (cause: string) => void): void {
    const endpoint = resolveEndpoint(exchange, dialled.endpoint)
    if (endpoint.type === 'absent') {
      lost(endpoint.cause)
      return
    }
    if (isInUse(exchange, dialled) && !isRenamed(dialled)) {
      lost('DESTINATION_OUT_OF_ORDER')
      return
    }
    const leg = createLeg(exchange, dialled, endpoint.type, caller)
    if (endpoint.type === 'aborted') {
      exchange.emit({ name: 'CHANNEL_DESTROY', channel: leg })
      exchange.channels.delete(leg.uuid)
      lost(endpoint.cause)
      return
    }
    exchange.emit({ name: 'CHANNEL_OUTGOING', channel: leg })
    ringing.add(leg)
    const legTimeout = Number(dialled.variables.get('leg_timeout') ?? 0)
    let timer: Timer | undefined
    leg.onGone = (why) => {
      timer?.cancel()
      delayed.delete(leg)
      if (!ringing.delete(leg)) return
      caller?.setVariable('last_bridge_hangup_cause', why)
      lost(why)
      startEarly()
    }
    leg.onProgress = () => {
      if (leg.callState !== 'DOWN') return
      exchange.emit({ name: 'CHANNEL_PROGRESS', channel: leg })
      leg.callState = 'RINGING'
    }
    leg.onAnswer = () => {
      if (isOver || !ringing.delete(leg)) return
      timer?.cancel()
      leg.onProgress?.()
      leg.answeredAt = exchange.clock.now()
      leg.answerState = 'answered'
      leg.profileChanged()
      exchange.emit({ name: 'CHANNEL_ANSWER', channel: leg })
      leg.callState = 'ACTIVE'
      end('LOSE_RACE')
      order.answered(leg)
    }
    const begin = (): void => {
      timer?.cancel()
      delayed.delete(leg)
      if (!leg.isUp) return
      announce(exchange, leg)
      timer =
        legTimeout > 0
          ? exchange.after(legTimeout * 1000, () =>
              hangUp(exchange, leg, 'ALLOTTED_TIMEOUT', 'hungUp'),
            )
          : undefined
      leg.state = 'CS_CONSUME_MEDIA'
      if (endpoint.type === 'unreachable') hangUp(exchange, leg, endpoint.cause, 'hungUp')
      else connect(exchange, leg, endpoint, dialled)
    }
    const seconds = Number(dialled.variables.get('leg_delay_start') ?? 0)
    if (seconds > 0) {
      const startedAt = exchange.clock.now()
      const one = {
        ...{ seconds, begin },
        wait(): void {
          timer?.cancel()
          const ms = untilSecond(startedAt, one.seconds) - (exchange.clock.now() - startedAt)
          timer = exchange.after(Math.max(0, ms), begin)
        },
      }
      delayed.set(leg, one)
      one.wait()
    } else {
      begin()
    }
  }

  ringGroup(0)
  return {
    cancel() {
      for (const leg of ringing) {
        if (caller) leg.setVariable('last_bridge_hangup_cause', caller.hangupCause)
      }
      if (!isOver) end('ORIGINATOR_CANCEL')
    },
  }
}

/** Whether the UUID the leg asks for belongs to another channel. */
function isInUse(exchange: Exchange, { variables }: Pick<DialledLeg, 'variables'>): boolean {
  return exchange.channels.has(variables.get('origination_uuid') ?? '')
}

/**
 * Whether the leg gets the UUID it asks for only after its creation. A loopback is created with a
 * UUID of its own, and keeps it when the one it asks for is in use. A SIP leg is not created at all
 * then (switch_core_session.c, switch_core_session_request_uuid; trace dialled-with-a-uuid-in-use).
 */
function isRenamed({ endpoint }: DialledLeg): boolean {
  return endpoint.startsWith('loopback/')
}

function createLeg(
  exchange: Exchange,
  { endpoint, variables }: DialledLeg,
  type: string,
  caller: Channel | undefined,
): Channel {
  const isLoopback = endpoint.startsWith('loopback/')
  const number = isLoopback
    ? (endpoint.split('/')[1] ?? '')
    : (endpoint.split('/').at(-1) ?? '').replace(/@.*/, '')
  const wanted = isInUse(exchange, { variables }) ? undefined : variables.get('origination_uuid')
  const leg = exchange.create({
    uuid: wanted ?? exchange.random.uuid(),
    kind: type === 'aborted' ? 'aborted' : isLoopback ? 'loopback' : 'phone',
    direction: 'outbound',
    name: isLoopback ? `loopback/${number}-a` : endpoint,
    callerName: variables.get('origination_caller_id_name') ?? caller?.shownName ?? '',
    callerNumber:
      variables.get('origination_caller_id_number') ?? caller?.shownNumber ?? '0000000000',
    destination: number,
    context: caller?.context ?? (isLoopback ? endpoint.split('/')[2] : undefined) ?? 'default',
    originator: caller?.uuid,
  })
  if (leg.kind === 'loopback' && wanted !== undefined) {
    // A loopback is created with a UUID of its own, then renamed (trace originate-cancelled-before-answer).
    const first = [['Old-Unique-ID', exchange.random.uuid()]] as const
    exchange.emit({ name: 'CHANNEL_UUID', channel: leg, first })
  }
  if (type !== 'aborted') {
    if (caller) {
      leg.other = { type: 'originator', channel: caller }
      leg.setVariable('originator', caller.uuid)
      leg.setVariable('originating_leg_uuid', caller.uuid)
      leg.setVariable('signal_bond', caller.uuid)
    }
    for (const [name, value] of variables) leg.setVariable(name, value)
  }
  return leg
}

/** How long until the switch's clock has advanced by more than `seconds`. It compares whole epoch seconds. */
function untilSecond(now: EpochMs, seconds: number): DurationMs {
  return (Math.floor(now / 1000) + seconds + 1) * 1000 - now
}

/** Emits the first events of a leg, before it rings. */
function announce(exchange: Exchange, leg: Channel): void {
  leg.state = 'CS_INIT'
  exchange.emit({ name: 'CHANNEL_CREATE', channel: leg })
  exchange.emit({ name: 'CHANNEL_ORIGINATE', channel: leg })
}
