import type { Channel } from './channel.ts'
import type { Exchange } from './exchange.ts'
import type { Message, Run, Unwinding } from './run.ts'
import type { ByteString } from './wire-text.ts'

/**
 * Starts an application on top of what the channel runs. `then` is called after its
 * CHANNEL_EXECUTE_COMPLETE, unless the channel leaves the application first. An unknown
 * application hangs the channel up (trace unknown-application-hangs-up).
 */
export function execute(
  exchange: Exchange,
  channel: Channel,
  order: {
    application: string
    data: ByteString
    uuid?: string | undefined
    uuidName?: string | undefined
  },
  then: () => void,
): Run | undefined {
  const { application, uuidName } = order
  const start = exchange.settings.applications.get(application)
  if (!start) {
    hangUp(exchange, channel, 'DESTINATION_OUT_OF_ORDER', 'hungUp')
    return undefined
  }
  channel.top?.hooks.pause?.()
  const uuid = order.uuid ?? exchange.random.uuid()
  const { scope, data } = splitScope(order.data)
  const run: Run = {
    application,
    data,
    uuid,
    uuidName,
    scope,
    isExecuted: true,
    hooks: {},
    next: then,
  }
  channel.setVariable('current_application_data', data)
  channel.setVariable('current_application', application)
  channel.setVariable('current_application_response', undefined)
  channel.stack.push(run)
  exchange.emit({ name: 'CHANNEL_EXECUTE', channel, last: applicationHeaders(run) })
  start(exchange, channel, run)
  return run
}

/** Splits off `%[NAME=VALUE,...]` before the data (switch_core_session.c, switch_core_session_exec). */
function splitScope(text: ByteString) {
  const [whole = '', inner] = /^%\[([^\]]*)\]/.exec(text) ?? []
  if (inner === undefined) return { scope: undefined, data: text }
  const pairs = inner.split(',').map((pair): [string, string] => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals), pair.slice(equals + 1)]
  })
  return { scope: new Map(pairs), data: text.slice(whole.length) }
}

/** Ends an application normally: now, or as soon as the applications on top of it have ended. */
export function finish(exchange: Exchange, channel: Channel, run: Run): void {
  whenInnermost(channel, run, () => {
    channel.stack.pop()
    complete(exchange, channel, run)
    run.next()
  })
}

/** Does `work` as soon as `run` is the innermost application; never, if the channel leaves it first. */
export function whenInnermost(channel: Channel, run: Run, work: () => void): void {
  if (channel.top === run) work()
  else run.hooks.resume = work
}

function complete(exchange: Exchange, channel: Channel, run: Run): void {
  if (channel.lockedBy === run) channel.lockedBy = undefined
  if (!run.isExecuted) return
  const response = channel.variable('current_application_response') ?? '_none_'
  exchange.emit({
    name: 'CHANNEL_EXECUTE_COMPLETE',
    channel,
    last: applicationHeaders(run, response),
  })
}

function applicationHeaders(run: Run, response?: ByteString): [string, ByteString][] {
  const headers: [string, ByteString][] = [['Application', run.application]]
  if (run.data !== '') headers.push(['Application-Data', run.data])
  if (response !== undefined) headers.push(['Application-Response', response])
  headers.push(['Application-UUID', run.uuid])
  if (run.uuidName !== undefined) headers.push(['Application-UUID-Name', run.uuidName])
  return headers
}

/** Runs the next action of the extension. After the last one, the call ends. */
export function proceed(exchange: Exchange, channel: Channel): void {
  if (!channel.isUp || channel.isUnwinding) return
  const next = channel.plan.shift()
  if (next) {
    execute(exchange, channel, next, () => proceed(exchange, channel))
  } else {
    hangUp(exchange, channel, 'NORMAL_CLEARING', 'hungUp')
  }
}

/** Starts the call at its destination in the dialplan. */
export function enter(exchange: Exchange, channel: Channel): void {
  const { destination, context } = channel
  const actions = exchange.settings.dialplan(destination, context)
  channel.state = 'CS_EXECUTE'
  if (channel.callState === 'DOWN') channel.callState = 'RINGING'
  channel.party?.entered?.(destination)
  if (actions) {
    channel.plan = [...actions]
    proceed(exchange, channel)
  } else {
    channel.state = 'CS_ROUTING'
    hangUp(exchange, channel, 'NO_ROUTE_DESTINATION', 'hungUp')
  }
}

/** Queues a `sendmsg`. The channel handles it at its next media step. */
export function post(exchange: Exchange, channel: Channel, message: Message): void {
  channel.inbox.push(message)
  // If other messages are waiting, a step or a lock will drain the inbox anyway.
  if (channel.inbox.length === 1) exchange.step(() => drain(exchange, channel))
}

function drain(exchange: Exchange, channel: Channel): void {
  while (channel.isUp && !channel.isUnwinding && !channel.lockedBy) {
    const message = channel.inbox.shift()
    if (!message) return
    if (message.command === 'hangup') {
      hangUp(exchange, channel, message.cause, 'hungUp')
    } else {
      perform(exchange, channel, message, message.loops)
    }
  }
}

function perform(exchange: Exchange, channel: Channel, message: Message, loops: number): void {
  const startedAt = exchange.clock.now()
  const run = execute(exchange, channel, message, () => {
    // An application that took less than half a second is not repeated (switch_ivr.c, switch_ivr_parse_event).
    if (loops !== 1 && exchange.clock.now() - startedAt >= 500) {
      perform(exchange, channel, message, loops - 1)
      return
    }
    channel.top?.hooks.resume?.()
    drain(exchange, channel)
  })
  if (message.locks && run && channel.stack.includes(run)) channel.lockedBy = run
}

/** Leaves all applications of the channel, from the innermost out. None of them goes on. */
export function unwind(exchange: Exchange, channel: Channel, why: Unwinding): void {
  channel.isUnwinding = true
  channel.plan = []
  const innermost = channel.top
  for (let run = channel.top; run; run = channel.top) {
    channel.stack.pop()
    run.hooks.unwind?.(why, run === innermost)
    complete(exchange, channel, run)
  }
  channel.isUnwinding = false
}

/** Transfers the channel to another extension. It leaves its applications at the next media step. */
export function transfer(
  exchange: Exchange,
  channel: Channel,
  extension: ByteString,
  context = 'public',
): void {
  const seconds = Math.floor(exchange.clock.now() / 1000)
  moved(
    channel,
    `${seconds}:${exchange.random.uuid()}:bl_xfer:${extension}/${context}/XML`,
    extension,
    context,
  )
  channel.isLeaving = true
  channel.setVariable('signal_bond', undefined)
  channel.partner?.setVariable('signal_bond', undefined)
  exchange.step(() => {
    if (!channel.isUp) return
    channel.other = undefined
    unwind(exchange, channel, 'transferred')
    channel.bridge?.left(channel, 'transfer')
    channel.isLeaving = false
    if (channel.isUp) enter(exchange, channel)
  })
}

/** Gives the channel a new caller profile after a transfer. `source` describes the transfer. */
export function moved(
  channel: Channel,
  source: ByteString,
  destination: ByteString = channel.destination,
  context: ByteString = channel.context,
): void {
  channel.transferSource = source
  channel.setVariable('transfer_source', source)
  channel.setVariable('transfer_history', source)
  channel.destination = destination
  channel.context = context
  channel.profileIndex++
  channel.profileChanged()
}

/**
 * Hangs the channel up. CHANNEL_HANGUP comes now, the rest when the channel's thread
 * notices: at once when it hung up itself, at the next media step when it was `killed`.
 */
export function hangUp(
  exchange: Exchange,
  channel: Channel,
  cause: string,
  how: 'killed' | 'hungUp',
): void {
  if (!channel.isUp || channel.isGone) return
  channel.hangupCause = cause
  channel.answerState = 'hangup'
  channel.endedAt = exchange.clock.now()
  channel.profileChanged()
  exchange.emit({ name: 'CHANNEL_HANGUP', channel })
  const { party } = channel
  channel.party = undefined
  party?.ended(cause)
  if (how === 'killed') exchange.step(() => collapse(exchange, channel, how))
  else collapse(exchange, channel, how)
}

/** Closes the recordings that are still running (trace caller-hangs-up-while-recorded). */
function stopRecordings(exchange: Exchange, channel: Channel): void {
  if (channel.recordings.size > 0) channel.state = 'CS_HANGUP'
  for (const path of channel.recordings) {
    const last = [
      ['Record-File-Path', path],
      ['Record-Completion-Cause', 'success-maxtime'],
    ] as const
    exchange.emit({ name: 'RECORD_STOP', channel, last })
  }
}

function collapse(exchange: Exchange, channel: Channel, how: 'killed' | 'hungUp'): void {
  unwind(exchange, channel, how)
  channel.bridge?.left(channel, 'hangup')
  stopRecordings(exchange, channel)
  const cause = channel.hangupCause as string
  channel.isGone = true
  channel.state = 'CS_REPORTING'
  channel.callState = 'HANGUP'
  channel.setVariable('hangup_cause', cause)
  exchange.emit({ name: 'CHANNEL_HANGUP_COMPLETE', channel, first: [['Hangup-Cause', cause]] })
  exchange.emit({ name: 'CHANNEL_DESTROY', channel })
  exchange.remove(channel)
  channel.onGone?.(cause)
}
