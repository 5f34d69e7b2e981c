import type { Channel } from './channel.ts'
import type { DialledLeg } from './dial-string.ts'
import type { Exchange } from './exchange.ts'
import { press } from './far-end.ts'
import type { Phone, PhoneCall } from './phone.ts'
import { enter, hangUp } from './thread.ts'

/** What is at the other end of a dial string. */
export type Endpoint =
  /** The switch creates no channel. */
  | { readonly type: 'absent'; readonly cause: string }
  /** The channel dies before it is set up (an unknown gateway): only CHANNEL_DESTROY. */
  | { readonly type: 'aborted'; readonly cause: string }
  | { readonly type: 'unreachable'; readonly cause: string }
  | { readonly type: 'phone'; readonly phone: Phone }
  /** The switch's own dialplan, reached over SIP or over a loopback. */
  | {
      readonly type: 'inner'
      readonly isLoopback: boolean
      readonly number: string
      readonly context: string
    }

/** Finds what a dial string leads to: a phone first, else what FreeSWITCH makes of such a string. */
export function resolveEndpoint(exchange: Exchange, endpoint: string): Endpoint {
  const phone = exchange.settings.phones(endpoint)
  if (phone) return { type: 'phone', phone }
  const [technology, first = '', second = 'default'] = endpoint.split('/')
  if (technology === 'error') return { type: 'absent', cause: first }
  if (technology === 'user') return { type: 'absent', cause: 'SUBSCRIBER_ABSENT' }
  if (technology === 'loopback') {
    return { type: 'inner', isLoopback: true, number: first, context: second }
  }
  if (technology === 'sofia' && first === 'gateway') {
    return { type: 'aborted', cause: 'INVALID_GATEWAY' }
  }
  const [number = '', host] = second.split('@')
  if (technology === 'sofia' && host === exchange.settings.sipAddress) {
    return { type: 'inner', isLoopback: false, number, context: 'public' }
  }
  return technology === 'sofia'
    ? { type: 'unreachable', cause: 'NORMAL_TEMPORARY_FAILURE' }
    : { type: 'absent', cause: 'CHAN_NOT_IMPLEMENTED' }
}

/** Rings the far end of `leg` and connects the two. */
export function connect(
  exchange: Exchange,
  leg: Channel,
  endpoint: Extract<Endpoint, { type: 'phone' | 'inner' }>,
  dialled: DialledLeg,
): void {
  if (endpoint.type === 'phone') connectPhone(exchange, leg, endpoint.phone, dialled)
  else connectInner(exchange, leg, endpoint, dialled)
}

function connectPhone(
  exchange: Exchange,
  leg: Channel,
  phone: Phone,
  { endpoint, variables }: DialledLeg,
): void {
  const end = (cause: string): void => exchange.turn(() => hangUp(exchange, leg, cause, 'hungUp'))
  const call: PhoneCall = {
    legId: leg.uuid,
    dialString: endpoint,
    variables,
    ring: () => exchange.turn(() => leg.isUp && leg.onProgress?.()),
    answer: () => exchange.turn(() => leg.isUp && leg.onAnswer?.()),
    refuse: end,
    hangUp: () => end('NORMAL_CLEARING'),
    press: (keys) => exchange.turn(() => leg.isUp && press(exchange, leg, keys, 'RTP')),
  }
  const party = phone(call)
  if (leg.isUp) leg.party = party
}

/** Connects `leg` to a second channel of this switch, which enters the dialplan. */
function connectInner(
  exchange: Exchange,
  leg: Channel,
  { isLoopback, number, context }: Extract<Endpoint, { type: 'inner' }>,
  { variables }: DialledLeg,
): void {
  const inner = exchange.create({
    uuid: exchange.random.uuid(),
    kind: isLoopback ? 'loopback' : 'caller',
    direction: 'inbound',
    name: isLoopback ? `loopback/${number}-b` : `sofia/internal/${leg.callerNumber}@127.0.0.1`,
    callerName: leg.callerName,
    callerNumber: leg.callerNumber,
    destination: number,
    context,
  })
  if (isLoopback) {
    for (const [name, value] of variables) inner.setVariable(name, value)
  }
  leg.party = {
    ended(cause) {
      inner.party = undefined
      const isCancelled = !isLoopback && leg.answeredAt === 0
      exchange.step(() =>
        hangUp(exchange, inner, isCancelled ? 'ORIGINATOR_CANCEL' : cause, 'hungUp'),
      )
    },
  }
  inner.party = {
    progressed: () => leg.onProgress?.(),
    answered: () => leg.onAnswer?.(),
    ended(cause) {
      leg.party = undefined
      hangUp(exchange, leg, cause, 'hungUp')
    },
  }
  inner.state = 'CS_INIT'
  exchange.emit({ name: 'CHANNEL_CREATE', channel: inner })
  exchange.step(() => {
    if (inner.isUp) enter(exchange, inner)
  })
}
