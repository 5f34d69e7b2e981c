import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bus } from '../engine/bus/bus.ts'
import { createMemoryBus } from '../engine/bus/memory/memory.ts'
import { createNatsBus } from '../engine/bus/nats/nats.ts'
import { eventExamples } from '../engine/catalogue/events/event-examples.ts'
import { systemClock } from '../engine/clock.ts'
import { createLogger } from '../engine/log.ts'
import { createFileDisk, type Disk } from '../engine/outbox/disk.ts'
import { createOutbox, type Outbox } from '../engine/outbox/outbox.ts'
import { natsServerMissing, startNatsServer } from '../engine/rigs/nats-server.ts'

/**
 * Measures the cost of publishing: the CPU time of this process per event, by how many are
 * appended at a time, and the longest turn of the event loop.
 * `npm run bench -- outbox [EVENTS]` (default 100,000).
 */

const log = createLogger('silent')
const events = Number(process.argv[3] ?? 100_000)
const event = { type: 'call.answered', data: eventExamples['call.answered'] } as const
let sequence = 0

const print = (line: string) => process.stdout.write(`${line}\n`)

/** Appends `count` events and returns how long that took, in µs. */
function append(outbox: Outbox, count: number): number {
  const startedAt = systemClock.microseconds()
  for (let i = 0; i < count; i += 1) {
    sequence += 1
    outbox.append('acme', `c${sequence % 500}`, sequence, event)
  }
  return systemClock.microseconds() - startedAt
}

async function measureCost(name: string, bus: Bus, atATime: number): Promise<void> {
  const outbox = createOutbox({ bus, clock: systemClock, log, source: '/switchyard/bench' })
  append(outbox, 2_000)
  await outbox.drain(60_000)
  const total = Math.min(events, atATime * 5_000)
  const cpu = process.cpuUsage()
  let appending = 0
  for (let sent = 0; sent < total; sent += atATime) {
    appending += append(outbox, atATime)
    await outbox.drain(60_000)
  }
  const { user, system } = process.cpuUsage(cpu)
  await outbox.stop()
  const each = (user + system) / total
  print(
    `${name}, ${atATime} at a time: ${each.toFixed(1)} µs of CPU per event, ${Math.round(1e6 / each)} events per CPU second, append ${(appending / total).toFixed(2)} µs`,
  )
}

/**
 * Measures the turns of the event loop while a backlog is worked off, from memory or, with a
 * disk, from files. On a busy machine, the longest turns include time of other processes.
 */
async function measureTurns(name: string, bus: Bus, disk?: Disk): Promise<void> {
  const source = '/switchyard/bench'
  const outbox = createOutbox({ bus, clock: systemClock, log, source, ...(disk && { disk }) })
  const turns: number[] = []
  append(outbox, 20_000)
  let last = systemClock.microseconds()
  let timer = setImmediate(function tick() {
    const now = systemClock.microseconds()
    turns.push(now - last)
    last = now
    timer = setImmediate(tick)
  })
  await outbox.drain(60_000)
  clearImmediate(timer)
  await outbox.stop()
  // Idle turns would hide the others.
  const sorted = turns.filter((turn) => turn > 100).toSorted((a, b) => a - b)
  const at = (share: number) =>
    ((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) / 1000).toFixed(2)
  print(
    `${name}, a backlog of 20,000: ${sorted.length} turns above 0.1 ms, ${at(0.5)} ms (p50), ${at(0.95)} (p95), ${at(1)} (longest)`,
  )
}

async function measure(name: string, bus: Bus): Promise<void> {
  for (const atATime of [1, 10, 500]) {
    await measureCost(name, bus, atATime)
  }
  await measureTurns(name, bus)
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-'))
  await measureTurns(`${name} and files`, bus, createFileDisk(directory))
  await rm(directory, { recursive: true })
}

/** Prints the figures for the in-process bus, and for NATS if a server is installed. */
export async function run(): Promise<number> {
  const memory = createMemoryBus({ clock: systemClock, log })
  await measure('memory', memory)
  await memory.close()

  const missing = natsServerMissing()
  if (missing === undefined) {
    const server = await startNatsServer()
    const bus = await new Promise<Bus>((resolve) => {
      const connecting = createNatsBus({
        servers: [server.url],
        log,
        onConnection: () => resolve(connecting),
      })
    })
    await measure('nats', bus)
    await bus.close()
    await server.remove()
  } else {
    print(`nats: skipped, ${missing}`)
  }
  return 0
}
