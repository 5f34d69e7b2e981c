import { definePlugin, PLUGIN_API, readSecret, z } from '../../engine/plugin/index.ts'
import { openCallbacks } from './callbacks.ts'
import { openDoNotCall } from './do-not-call.ts'
import { published } from './events.ts'
import { createHttpApi } from './http-api.ts'
import { optionsSchema } from './options.ts'

const fileCheckMs = 60_000
const listenCheckMs = 5_000
const number = z.string().min(1).max(64).describe('the number, in any spelling')

/** Calls back customers who were not served or who ask for it. See README.md. */
export default definePlugin({
  name: 'callback',
  api: PLUGIN_API,
  version: '1.0.0',
  description: 'Calls back customers who were not served or who ask for it.',
  options: optionsSchema,
  publishes: published,
  // A long outage of the broker or the engine must not lose an obligation.
  delivery: { patienceMs: 6 * 60 * 60_000 },

  async setup(context) {
    const { options, kv, every, log, reportHealth } = context
    const token = options.http && (await readSecret('http.token', options.http.token))
    const doNotCall = await openDoNotCall({
      listed: options.doNotCall,
      file: options.doNotCallFile,
      added: kv('doNotCall', z.literal(true)),
      numbers: options.numbers,
    })
    const callbacks = await openCallbacks(context, doNotCall)
    const api =
      options.http &&
      createHttpApi(options.http, token ?? '', callbacks, (port, fault) => {
        reportHealth('http', fault)
        if (port !== undefined) {
          log.info({ port }, 'the HTTP API for callbacks is listening')
        }
      })
    if (api !== undefined) {
      api.listen()
      every('http', listenCheckMs, () => api.listen())
    }
    every('sweep', options.sweepEvery, () => callbacks.sweep())
    if (options.doNotCallFile !== undefined) {
      every('doNotCallFile', fileCheckMs, () => {
        try {
          doNotCall.readAgain()
          reportHealth('doNotCallFile', undefined)
        } catch {
          reportHealth('doNotCallFile', 'cannot be read; the entries read before still apply')
        }
      })
    }
    return { callbacks, doNotCall, api }
  },

  events: {
    'call.arrived': (event, { state }) => state.callbacks.handleEvent(event),
    'call.dialled': (event, { state }) => state.callbacks.handleEvent(event),
    'call.dialEnded': (event, { state }) => state.callbacks.handleEvent(event),
    'call.queued': (event, { state }) => state.callbacks.handleEvent(event),
    'call.changed': (event, { state }) => state.callbacks.handleEvent(event),
    'call.answered': (event, { state }) => state.callbacks.handleEvent(event),
    'call.completed': (event, { state }) => state.callbacks.handleEvent(event),
    'call.abandoned': (event, { state }) => state.callbacks.handleEvent(event),
    'call.transferred': (event, { state }) => state.callbacks.handleEvent(event),
    'call.overflowed': (event, { state }) => state.callbacks.handleEvent(event),
    'call.sentAway': (event, { state }) => state.callbacks.handleEvent(event),
    'call.contained': (event, { state }) => state.callbacks.handleEvent(event),
    'call.rejected': (event, { state }) => state.callbacks.handleEvent(event),
    'call.lost': (event, { state }) => state.callbacks.handleEvent(event),
    'flow.collected': (event, { state }) => state.callbacks.handleEvent(event),
  },

  serves: {
    'callback.enqueue': (input, { state }) => state.callbacks.enqueue(input),
    'callback.cancel': (input, { state }) => state.callbacks.cancel(input),
  },

  commands: {
    list: {
      description:
        'Lists the callbacks owed, by their place in the queue; or those that have ended.',
      input: z.strictObject({
        queue: z.string().min(1).optional(),
        isEnded: z.boolean().optional(),
        limit: z.int().min(1).max(1_000).optional(),
      }),
      handle: (filter, { state }) => state.callbacks.list(filter),
    },
    show: {
      description: 'Shows one callback with its attempts and the earlier callbacks of its number.',
      input: z.strictObject({ callbackId: z.string().min(1) }),
      handle: ({ callbackId }, { state }) => state.callbacks.show(callbackId),
    },
    reportMachine: {
      description:
        'Reports that an answering machine took a callback. It is tried again after a pause.',
      input: z.strictObject({ callId: z.string().min(1) }),
      handle: ({ callId }, { state }) => state.callbacks.reportMachine(callId),
    },
    doNotCallAdd: {
      description: 'Adds a number to the do-not-call list, and cancels a callback owed to it.',
      input: z.strictObject({ number }),
      handle: ({ number: raw }, { state }) => state.callbacks.addDoNotCall(raw),
    },
    doNotCallRemove: {
      description: 'Removes a number that doNotCallAdd has added.',
      input: z.strictObject({ number }),
      handle: ({ number: raw }, { state }) => state.callbacks.removeDoNotCall(raw),
    },
  },

  async stop({ state: { callbacks, doNotCall, api } }) {
    await api?.stop()
    await callbacks.stop()
    await doNotCall.stop()
  },
})
