import { ErrorCode, NatsError } from 'nats'
import { isSwitchyardError, SwitchyardError } from '../../errors.ts'

/** JetStream's error for an expected last sequence that is not the last. */
const wrongLastSequence = 10071

interface JetStreamFault {
  readonly code?: number
  readonly err_code?: number
}

/**
 * Turns an error of the JetStream API or the client into one of ours: the broker is
 * away or overloaded, it lacks the stream or key, or it will never accept the message.
 */
export function fromNats(error: unknown): SwitchyardError {
  if (isSwitchyardError(error)) {
    return error
  }
  if (error instanceof NatsError) {
    if (error.api_error !== undefined) {
      return fromJetStream(error.api_error)
    }
    if (error.code === ErrorCode.PermissionsViolation) {
      return forbidden(error)
    }
    if (error.code === ErrorCode.MaxPayloadExceeded) {
      return new SwitchyardError('SY_BUS_INVALID', 'the payload is larger than the broker accepts')
    }
  }
  return new SwitchyardError('SY_BUS_UNAVAILABLE', 'the broker did not answer', { cause: error })
}

/** A refusal by the broker's permissions. Subjects of keys are left out: a key may be a caller's number. */
function forbidden({ permissionContext }: NatsError): SwitchyardError {
  const { operation = 'use', subject = '' } = permissionContext ?? {}
  const isPlain = /^(switchyard\.|\$JS\.API\.(INFO|STREAM|CONSUMER))/.test(subject)
  const what = isPlain ? `${operation} of ${subject}` : operation
  return new SwitchyardError('SY_BUS_FORBIDDEN', `the broker denied access: ${what}`)
}

/** The error object JetStream puts in its replies. */
export function fromJetStream({ code = 500, err_code = 0 }: JetStreamFault): SwitchyardError {
  if (err_code === wrongLastSequence) {
    return new SwitchyardError('SY_BUS_CONFLICT', 'the key has been changed by someone else')
  }
  if (code === 404) {
    return new SwitchyardError(
      'SY_BUS_NO_RESPONDER',
      `the broker has no such stream, consumer or key (${err_code})`,
    )
  }
  if (code === 400) {
    return new SwitchyardError('SY_BUS_INVALID', `the broker refuses the request (${err_code})`)
  }
  return new SwitchyardError(
    'SY_BUS_UNAVAILABLE',
    `the broker cannot carry out the request now (${err_code})`,
  )
}

/** The error of a plain request that failed. */
export function fromRequest(error: unknown): SwitchyardError {
  if (error instanceof NatsError) {
    if (error.code === ErrorCode.Timeout) {
      return new SwitchyardError('SY_BUS_TIMEOUT', 'no answer in time')
    }
    if (error.code === ErrorCode.NoResponders) {
      return new SwitchyardError('SY_BUS_NO_RESPONDER', 'no service answers on this subject')
    }
  }
  return fromNats(error)
}
