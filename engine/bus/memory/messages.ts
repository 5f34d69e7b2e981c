import type { Clock } from '../../clock.ts'
import { describeFault } from '../../describe-fault.ts'
import { SwitchyardError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Bus, BusMessage, Subscription } from '../bus.ts'
import type { Defer } from '../defer.ts'
import { matchesSubject } from '../names.ts'

type OnMessage = (message: BusMessage) => void
type Handle = Parameters<Bus['respond']>[1]

interface Subscriber {
  readonly pattern: string
  readonly onMessage: OnMessage
}

interface Responder {
  readonly pattern: string
  readonly handle: Handle
  readonly isShared: boolean
}

/** Plain messages and requests within this process. Arguments are checked by the bus. */
export interface MemoryMessages extends Pick<Bus, 'request' | 'requestAll'> {
  subscribe(pattern: string, onMessage: OnMessage): Subscription
  respond(pattern: string, handle: Handle, isShared: boolean): Subscription
  /** Delivers a message to every subscriber and responder in a later turn. */
  dispatch(subject: string, data: Uint8Array): void
  /** Removes all subscribers and responders. */
  clear(): void
}

interface Surroundings {
  readonly clock: Clock
  readonly log: Logger
  readonly defer: Defer
  readonly isConnected: () => boolean
  readonly checkPayload: (data: Uint8Array) => void
  /** Runs a handler; never throws. */
  readonly guard: (run: () => void) => void
}

/** Creates the messages of one bus, without subscribers. */
export function createMemoryMessages(surroundings: Surroundings): MemoryMessages {
  const { clock, log, defer, isConnected, checkPayload, guard } = surroundings
  const subscribers = new Set<Subscriber>()
  const responders = new Set<Responder>()
  let responderTurn = 0

  /** Delivers a message to every subscriber. Returns the responders, and the one whose turn it is. */
  function dispatch(subject: string, data: Uint8Array) {
    let isHeard = false
    for (const subscriber of subscribers) {
      if (matchesSubject(subscriber.pattern, subject)) {
        isHeard = true
        defer(() => {
          if (subscribers.has(subscriber)) {
            guard(() => subscriber.onMessage({ subject, data }))
          }
        })
      }
    }
    const serving = [...responders].filter(({ pattern }) => matchesSubject(pattern, subject))
    const sharing = serving.filter(({ isShared }) => isShared)
    responderTurn += 1
    const chosen = sharing[responderTurn % Math.max(sharing.length, 1)]
    return { isHeard, answering: serving.filter((one) => !one.isShared || one === chosen) }
  }

  /** Runs a responder in a later turn. Resolves to its answer, or to undefined if it threw. */
  async function serve(responder: Responder, subject: string, data: Uint8Array) {
    await new Promise<void>((resolve) => defer(resolve))
    try {
      const answer = await responder.handle(data, subject)
      checkPayload(answer)
      return answer
    } catch (error) {
      log.error({ subject, ...describeFault(error) }, 'a bus responder threw')
      return undefined
    }
  }

  return {
    subscribe(pattern, onMessage) {
      const subscriber = { pattern, onMessage }
      subscribers.add(subscriber)
      return toSubscription(() => subscribers.delete(subscriber))
    },

    respond(pattern, handle, isShared) {
      const responder = { pattern, handle, isShared }
      responders.add(responder)
      return toSubscription(() => responders.delete(responder))
    },

    dispatch(subject, data) {
      for (const responder of dispatch(subject, data).answering) {
        void serve(responder, subject, data)
      }
    },

    async request(subject, data, timeoutMs) {
      const { isHeard, answering } = dispatch(subject, data)
      if (answering.length === 0 && !isHeard) {
        throw new SwitchyardError('SY_BUS_NO_RESPONDER', 'no service answers on this subject')
      }
      return await new Promise<Uint8Array>((resolve, reject) => {
        const timer = clock.setTimer(timeoutMs, () => {
          reject(new SwitchyardError('SY_BUS_TIMEOUT', `no answer within ${timeoutMs} ms`))
        })
        for (const responder of answering) {
          void serve(responder, subject, data).then((answer) => {
            if (!isConnected()) {
              return
            }
            timer.cancel()
            if (answer === undefined) {
              reject(new SwitchyardError('SY_BUS_RESPONDER_FAILED', 'the responder threw'))
            } else {
              resolve(answer)
            }
          })
        }
      })
    },

    async requestAll(subject, data, withinMs) {
      const { answering } = dispatch(subject, data)
      const answers: Uint8Array[] = []
      return await new Promise<readonly Uint8Array[]>((resolve) => {
        const timer = clock.setTimer(withinMs, () => resolve(answers))
        const asked = answering.map(async (responder) => {
          const answer = await serve(responder, subject, data)
          if (answer !== undefined && isConnected()) {
            answers.push(answer)
          }
        })
        void Promise.all(asked).then(() => {
          timer.cancel()
          resolve(answers)
        })
      })
    },

    clear() {
      subscribers.clear()
      responders.clear()
    },
  }
}

/** A subscription that ends by `remove`. */
export function toSubscription(remove: () => void): Subscription {
  return {
    async stop() {
      remove()
    },
  }
}
