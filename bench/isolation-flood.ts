import { createNatsBus } from '../engine/bus/nats/nats.ts'
import { createCommandClient } from '../engine/commands/client.ts'
import { createLogger } from '../engine/log.ts'

/**
 * The flood of the isolation benchmark: valid commands about current calls at a constant rate,
 * whether they are answered or not. `isolation-flood.js URL PER_SECOND`. It prints a
 * {@link FloodTotals} at SIGTERM.
 */

/** How the commands ended. */
export interface FloodTotals {
  readonly sent: number
  readonly done: number
  /** Mostly because the call had ended by then. */
  readonly refused: number
  readonly unanswered: number
  readonly seconds: number
}

const [, , url = '', rate = '5000'] = process.argv
const perMs = Number(rate) / 1000
/** How many of the latest calls are used. Most of them still exist. */
const remembered = 200

const bus = createNatsBus({ servers: [url], log: createLogger('silent') })
const { command } = createCommandClient(bus, 'default', 'flood')
const callIds: string[] = []
await bus.subscribe('switchyard.default.event.call.arrived', ({ data }) => {
  const { subject } = JSON.parse(Buffer.from(data).toString()) as { readonly subject: string }
  callIds.push(subject)
  if (callIds.length > remembered) {
    callIds.shift()
  }
})

let sent = 0
let done = 0
let refused = 0
let unanswered = 0

function sendOne(turn: number) {
  const callId = callIds[turn % callIds.length]
  const priority = turn % 3
  if (callId === undefined || turn % 10 >= 7) {
    return command('queue.list', {})
  }
  return turn % 10 >= 4
    ? command('call.setPriority', { callId, priority })
    : command('call.classify', { callId, priority })
}

async function send(turn: number): Promise<void> {
  const reply = await sendOne(turn)
  if (reply.ok) {
    done += 1
  } else if (reply.error.code === 'timeout' || reply.error.code === 'unavailable') {
    unanswered += 1
  } else {
    refused += 1
  }
}

while (!bus.isConnected) {
  await new Promise((resolve) => setTimeout(resolve, 10))
}
const startedAt = performance.now()
const timer = setInterval(() => {
  const due = Math.floor((performance.now() - startedAt) * perMs)
  for (; sent < due; sent += 1) {
    void send(sent)
  }
}, 1)
process.stdout.write('ready\n')

process.once('SIGTERM', () => {
  clearInterval(timer)
  const seconds = (performance.now() - startedAt) / 1000
  const totals: FloodTotals = { sent, done, refused, unanswered, seconds }
  process.stdout.write(`${JSON.stringify(totals)}\n`, () => process.exit())
})
