import type { LegId } from '../catalogue/ids.ts'
import type { CommandResult, SwitchCommand } from '../switch/switch.ts'
import { offerOutcome } from './cause.ts'
import type { EslCommand } from './encoded.ts'
import type { EslReply } from './reply-queue.ts'
import type { EslSession } from './session.ts'

type Done = (result: CommandResult) => void

/** Sends the parts of a command, at least one; calls `done` once with the result of them all. */
export function sendCommand(
  session: EslSession,
  command: SwitchCommand,
  parts: readonly EslCommand[],
  done: Done,
): void {
  const answer =
    command.type === 'dial'
      ? answerDial(session, command.legId, done)
      : answerAll(parts.length, done)
  for (const part of parts) {
    sendPart(session, part, answer)
  }
}

function sendPart(session: EslSession, part: EslCommand, done: (reply: EslReply) => void): void {
  if (part.type === 'api') {
    session.api(part.command, part.args, done)
  } else if (part.type === 'job') {
    session.bgapi(part.command, part.args, undefined, done, part.extraMs)
  } else {
    const { application, argument, uuid, eventUuid, eventUuidName } = part
    session.execute(application, argument, uuid, done, eventUuid, eventUuidName)
  }
}

/**
 * Reads the result of a dial: `+OK UUID`, or `-ERR CAUSE`. A loopback whose UUID is already in use is
 * dialled anyway, under another UUID: that channel is hung up (trace dialled-with-a-uuid-in-use).
 */
function answerDial(session: EslSession, legId: LegId, done: Done): (reply: EslReply) => void {
  return (reply) => {
    if (!reply.ok) {
      const message = reply.message.replace(/^-ERR /, '')
      done(reply.reason === 'refused' ? notReached(message) : { ...reply, message })
      return
    }
    const [, made = ''] = /^\+OK (\S+)/.exec(reply.text) ?? []
    if (made === legId) {
      done({ ok: true })
      return
    }
    session.api('uuid_kill', made, () => undefined)
    done(notReached('DESTINATION_OUT_OF_ORDER'))
  }
}

function notReached(cause: string): CommandResult {
  return { ok: false, reason: 'refused', message: cause, outcome: offerOutcome(cause) }
}

/** The errors by which the switch reports that a channel does not exist (traces errors-and-odd-commands, caller-speaks-into-a-recording). */
const noSuchLeg = /no such channel|invalid session id|invalid uuid|cannot locate session/i

/** Combines several replies into one result: the first failure, or ok. */
function answerAll(count: number, done: Done): (reply: EslReply) => void {
  let left = count
  let result: CommandResult = { ok: true }
  return (reply) => {
    if (result.ok && !reply.ok) {
      const isGone = reply.reason === 'refused' && noSuchLeg.test(reply.message)
      result = isGone ? { ...reply, reason: 'noSuchLeg' } : reply
    }
    left--
    if (left === 0) {
      done(result)
    }
  }
}
