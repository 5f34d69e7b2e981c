import type { SwitchyardError } from '../errors.ts'
import { EventView } from './event-view.ts'
import { type EslFrame, type FrameLimits, type FrameOddity, FrameReader } from './frame-reader.ts'
import type { OddCounter } from './odd-counter.ts'
import { ended } from './session-faults.ts'

interface IncomingFramesPorts {
  readonly odd: OddCounter
  /** Takes an event, which is valid only until this returns. */
  event(event: EventView): void
  /** The reply to the oldest command that waits for one. */
  reply(text: string): void
  /** The switch asks for the password. */
  authRequested(): void
  /** The switch refuses this host because of its access list. */
  hostRefused(): void
  /** The switch ends the session, or the stream cannot be read any further. */
  failed(error: SwitchyardError): void
}

/** Turns the bytes that a switch sends on one connection into events, replies and the end of the session. */
export class IncomingFrames {
  readonly #ports: IncomingFramesPorts
  readonly #reader: FrameReader

  constructor(limits: FrameLimits, ports: IncomingFramesPorts) {
    this.#ports = ports
    this.#reader = new FrameReader(
      {
        frame: (frame) => this.#take(frame),
        odd: (kind, contentType) => this.#skipped(kind, contentType),
        broken: (error) => ports.failed(error),
        threw: (error) => ports.odd.threw(error),
      },
      limits,
    )
  }

  push(chunk: Buffer): void {
    this.#reader.push(chunk)
  }

  /** Stops reading. */
  stop(): void {
    this.#reader.stop()
  }

  #take(frame: EslFrame): void {
    const { odd, event, reply, authRequested, hostRefused, failed } = this.#ports
    switch (frame.headers.get('content-type')) {
      case 'text/event-plain':
        event(new EventView(frame.body))
        break
      case 'command/reply':
        reply(frame.headers.get('reply-text') ?? '')
        break
      case 'api/response':
        reply(frame.body.toString())
        break
      case 'auth/request':
        authRequested()
        break
      case 'text/rude-rejection':
        hostRefused()
        break
      case 'text/disconnect-notice':
        failed(
          ended(
            'FreeSWITCH closed the event socket: it is shutting down, its event socket was reloaded, or events were read too slowly',
          ),
        )
        break
      default:
        odd.count('unknownFrame')
    }
  }

  /** A skipped reply still answers its command: later replies must not move up to it. */
  #skipped(kind: FrameOddity, contentType: string | undefined): void {
    this.#ports.odd.count(kind, contentType)
    if (contentType === 'api/response' || contentType === 'command/reply') {
      this.#ports.reply('-ERR the answer is too large')
    }
  }
}
