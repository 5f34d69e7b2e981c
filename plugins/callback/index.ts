import { definePlugin, PLUGIN_API, z } from '../../engine/plugin/index.ts'
import { openCallbacks } from './callbacks.ts'
import { openDoNotCall } from './do-not-call.ts'
import { published } from './events.ts'
import { createHttpDoor } from './http-door.ts'
import { optionsSchema } from './options.ts'
import { normaliseNumber } from './phone-number.ts'

const fileCheckMs = 60_000
const doorCheckMs = 5_000
const number = z.string().min(1).max(64).describe('in any spelling')

/** Calls back customers who were not served, and those who ask for it. See README.md. */
export default definePlugin({
  name: 'callback',
  api: PLUGIN_API,
  version: '1.0.0',
  description: 'Calls back customers who were not served, and those who ask for it.',
  options: optionsSchema,
  publishes: published,
  // An obligation must not be lost to an outage of the broker.
  delivery: { patienceMs: 6 * 60 * 60_000 },

  async setup(context) {
    const { options, kv, every, log, reportHealth } = context
    const doNotCall = await openDoNotCall({
      listed: options.doNotCall,
      file: options.doNotCallFile,
      added: kv('doNotCall', z.literal(true)),
      normalise: (raw) => normaliseNumber(raw, options),
    })
    const callbacks = await openCallbacks(context, doNotCall)
    const door =
      options.http &&
      createHttpDoor(options.http, callbacks, process.env, (port, fault) => {
        reportHealth('http', fault)
        if (port !== undefined) {
          log.info({ port }, 'callbacks are taken over HTTP')
        }
      })
    if (door !== undefined) {
      door.open()
      every('http', doorCheckMs, () => door.open())
    }
    every('sweep', options.sweepEvery, () => callbacks.sweep())
    if (options.doNotCallFile !== undefined) {
      every('doNotCallFile', fileCheckMs, () => {
        try {
          doNotCall.readAgain()
          reportHealth('doNotCallFile', undefined)
        } catch {
          reportHealth('doNotCallFile', 'it cannot be read; what was read before counts')
        }
      })
    }
    return { callbacks, doNotCall, door }
  },

  events: {
    'call.arrived': (event, { state }) => state.callbacks.hear(event),
    'call.dialled': (event, { state }) => state.callbacks.hear(event),
    'call.dialEnded': (event, { state }) => state.callbacks.hear(event),
    'call.queued': (event, { state }) => state.callbacks.hear(event),
    'call.changed': (event, { state }) => state.callbacks.hear(event),
    'call.answered': (event, { state }) => state.callbacks.hear(event),
    'call.completed': (event, { state }) => state.callbacks.hear(event),
    'call.abandoned': (event, { state }) => state.callbacks.hear(event),
    'call.transferred': (event, { state }) => state.callbacks.hear(event),
    'call.overflowed': (event, { state }) => state.callbacks.hear(event),
    'call.sentAway': (event, { state }) => state.callbacks.hear(event),
    'call.contained': (event, { state }) => state.callbacks.hear(event),
    'call.rejected': (event, { state }) => state.callbacks.hear(event),
    'call.lost': (event, { state }) => state.callbacks.hear(event),
    'flow.collected': (event, { state }) => state.callbacks.hear(event),
  },

  serves: {
    'callback.enqueue': (input, { state }) => state.callbacks.enqueue(input),
    'callback.cancel': (input, { state }) => state.callbacks.cancel(input),
  },

  commands: {
    list: {
      description: 'Shows what is owed, in the order of the places; or what has ended.',
      input: z.strictObject({
        queue: z.string().min(1).optional(),
        isEnded: z.boolean().optional(),
        limit: z.int().min(1).max(1_000).optional(),
      }),
      handle: (filter, { state }) => state.callbacks.list(filter),
    },
    show: {
      description: 'Shows one callback, its attempts, and what was owed to the number before.',
      input: z.strictObject({ callbackId: z.string().min(1) }),
      handle: ({ callbackId }, { state }) => state.callbacks.show(callbackId),
    },
    reportMachine: {
      description: 'Says that a machine answered a callback: it is tried again, after a pause.',
      input: z.strictObject({ callId: z.string().min(1) }),
      handle: ({ callId }, { state }) => state.callbacks.reportMachine(callId),
    },
    doNotCallAdd: {
      description: 'Never dial this number; what is owed to it is cancelled.',
      input: z.strictObject({ number }),
      handle: ({ number: raw }, { state }) => state.callbacks.addDoNotCall(raw),
    },
    doNotCallRemove: {
      description: 'Takes back doNotCallAdd.',
      input: z.strictObject({ number }),
      handle: ({ number: raw }, { state }) => state.callbacks.removeDoNotCall(raw),
    },
  },

  async stop({ state: { callbacks, doNotCall, door } }) {
    await door?.stop()
    await callbacks.stop()
    await doNotCall.stop()
  },
})
