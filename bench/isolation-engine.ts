import type { App } from '../engine/app.ts'
import { type Hotline, startHotline } from './hotline.ts'
import { createStopwatch, type Span } from './stopwatch.ts'

/**
 * The engine of the isolation benchmark, in its own process so that the cause of a trouble
 * takes none of its time. It is started with an IPC channel and a {@link Hotline} in JSON
 * as its argument.
 */

/** A message to the engine. */
export type EngineOrder = 'mark' | 'finish'

/** A message from the engine. */
export type EngineMessage =
  | { readonly type: 'ready' }
  /** The CPU time used so far, in µs. */
  | { readonly type: 'mark'; readonly cpuUs: number }
  | {
      readonly type: 'report'
      readonly spans: readonly Span[]
      /** Dropped events, by the engine's own count. */
      readonly dropped: number
      /** Events that could not be sent in time at the end. */
      readonly backlog: number
    }

const drainMs = 60_000
const pollMs = 200

function report(message: EngineMessage): void {
  process.send?.(message)
}

async function figureOf(app: App, name: string): Promise<number> {
  const { body } = await app.metrics.text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1])
}

async function run(hotline: Hotline): Promise<void> {
  const stopwatch = createStopwatch()
  const app = await startHotline(hotline, stopwatch.createSwitch)
  process.on('message', (order: EngineOrder) => {
    if (order === 'mark') {
      const { user, system } = process.cpuUsage()
      report({ type: 'mark', cpuUs: user + system })
    } else {
      void finish()
    }
  })
  report({ type: 'ready' })

  async function finish(): Promise<void> {
    const endAt = Date.now() + drainMs
    let backlog = await figureOf(app, 'switchyard_outbox_backlog')
    while (backlog > 0 && Date.now() < endAt) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      backlog = await figureOf(app, 'switchyard_outbox_backlog')
    }
    const dropped = await figureOf(app, 'switchyard_outbox_dropped_total')
    await app.stop()
    // The parent ends this process, which could otherwise exit before the report has been read.
    report({ type: 'report', spans: stopwatch.spans, dropped, backlog })
  }
}

await run(JSON.parse(process.argv[2] ?? '{}') as Hotline)
