import { headers, type Msg, RequestStrategy } from 'nats'
import { describeFault } from '../../describe-fault.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Bus } from '../bus.ts'
import { checkSubject } from '../names.ts'
import { fromRequest } from './error.ts'
import type { NatsLink } from './link.ts'
import type { Listen } from './listen.ts'
import { createTurns } from './turns.ts'

/** The queue group that makes servers of one subject share its requests. */
const responderGroup = 'switchyard'
/** Error headers of NATS micro services, so that their clients understand our failures. */
const faultHeader = 'Nats-Service-Error'
const faultCodeHeader = 'Nats-Service-Error-Code'

/** Creates the part of the bus that services and commands use: requests and their answers. */
export function createRequests(
  link: NatsLink,
  listen: Listen,
  log: Logger,
): Pick<Bus, 'request' | 'requestAll' | 'respond'> {
  const turns = createTurns()

  async function answer(
    message: Msg,
    handle: (data: Uint8Array, subject: string) => Promise<Uint8Array> | Uint8Array,
  ): Promise<void> {
    try {
      message.respond(await handle(message.data, message.subject))
    } catch (error) {
      log.error({ subject: message.subject, ...describeFault(error) }, 'a bus responder threw')
      respondFault(message, 'internal', '500')
    }
  }

  return {
    async request(subject, data, timeoutMs) {
      checkSubject(subject)
      const connection = link.connection()
      try {
        const reply = await connection.request(subject, data, { timeout: timeoutMs })
        if (reply.headers?.has(faultCodeHeader)) {
          throw new SwitchyardError('SY_BUS_RESPONDER_FAILED', 'the responder failed')
        }
        return reply.data
      } catch (error) {
        throw fromRequest(error)
      }
    },

    async requestAll(subject, data, withinMs) {
      checkSubject(subject)
      const answers: Uint8Array[] = []
      try {
        const replies = await link.connection().requestMany(subject, data, {
          strategy: RequestStrategy.Timer,
          maxWait: withinMs,
        })
        for await (const reply of replies) {
          if (!reply.headers?.has(faultCodeHeader)) {
            answers.push(reply.data)
          }
        }
        return answers
      } catch (error) {
        const fault = fromRequest(error)
        if (fault.code === 'SY_BUS_NO_RESPONDER') {
          return []
        }
        throw fault
      }
    },

    async respond(pattern, handle, { isShared = true } = {}) {
      const subscription = await listen(
        pattern,
        (message) => {
          if (!turns.add(askerOf(message), () => void answer(message, handle))) {
            respondFault(message, 'overloaded', '503')
          }
        },
        isShared ? responderGroup : undefined,
      )
      return {
        async stop() {
          await subscription.stop()
          await turns.settled()
        },
      }
    },
  }
}

function respondFault(message: Msg, fault: string, code: string): void {
  const header = headers()
  header.set(faultHeader, fault)
  header.set(faultCodeHeader, code)
  message.respond(new Uint8Array(), { headers: header })
}

/** Identifies the requesting connection: all its reply subjects start with its inbox. */
function askerOf({ reply = '' }: Msg): string {
  return reply.slice(0, reply.lastIndexOf('.'))
}
