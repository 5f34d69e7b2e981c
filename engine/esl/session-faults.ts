import type { DurationMs } from '../catalogue/ids.ts'
import { SwitchyardError } from '../errors.ts'

/*
 * Why a session ended, each with its cure. None of them contains the password.
 */

interface Peer {
  readonly host: string
  readonly port: number
  readonly handshakeMs: DurationMs
}

/** An established connection was lost. */
export function ended(how: string): SwitchyardError {
  return new SwitchyardError('SY_SWITCH_DISCONNECTED', how)
}

/** The system refused or reset the connection. */
export function socketFailed({ host, port }: Peer, cause: Error): SwitchyardError {
  return new SwitchyardError(
    'SY_SWITCH_DISCONNECTED',
    `event socket ${host}:${port}: ${cause.message}`,
    { cause },
  )
}

/** Nothing accepted the connection in time. */
export function unreachable({ host, port, handshakeMs }: Peer): SwitchyardError {
  return ended(
    `no connection to ${host}:${port} within ${handshakeMs} ms; is FreeSWITCH running, and the port open in the firewall?`,
  )
}

/** The host accepted the connection, but did not speak ESL in time. */
export function mute({ host, port, handshakeMs }: Peer): SwitchyardError {
  return new SwitchyardError(
    'SY_ESL_MUTE',
    `${host}:${port} accepted the connection but did not speak ESL within ${handshakeMs} ms; is it FreeSWITCH's event socket (event_socket.conf.xml, listen-port)?`,
  )
}

export function authRefused({ host, port }: Peer): SwitchyardError {
  return new SwitchyardError(
    'SY_ESL_AUTH_REFUSED',
    `FreeSWITCH at ${host}:${port} refused the event socket's password; set the password of its event_socket.conf.xml`,
  )
}

export function aclRefused({ host, port }: Peer): SwitchyardError {
  return new SwitchyardError(
    'SY_ESL_ACL_REFUSED',
    `FreeSWITCH at ${host}:${port} refused this host by its access list; name this host in apply-inbound-acl of its event_socket.conf.xml (without it, only loopback may connect)`,
  )
}
