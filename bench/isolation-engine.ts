import type { App } from '../engine/app.ts'
import { type Hotline, startHotline } from './hotline.ts'
import { createStopwatch, type Span } from './stopwatch.ts'

/**
 * The engine of the isolation benchmark: a process of its own, started with an IPC
 * channel and a {@link Hotline} in JSON as its argument, so that whoever makes trouble
 * takes none of its time.
 */

/** What is asked of it. */
export type EngineOrder = 'mark' | 'finish'

/** What it says. */
export type EngineWord =
  | { readonly type: 'ready' }
  /** CPU time used so far, in µs. */
  | { readonly type: 'mark'; readonly cpuUs: number }
  | {
      readonly type: 'report'
      readonly spans: readonly Span[]
      /** By the engine's own count. */
      readonly dropped: number
      /** What was not in the stream when the time for it was over. */
      readonly backlog: number
    }

const drainMs = 60_000
const lookEveryMs = 200

function say(word: EngineWord): void {
  process.send?.(word)
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
      say({ type: 'mark', cpuUs: user + system })
    } else {
      void finish()
    }
  })
  say({ type: 'ready' })

  async function finish(): Promise<void> {
    const endAt = Date.now() + drainMs
    let backlog = await figureOf(app, 'switchyard_outbox_backlog')
    while (backlog > 0 && Date.now() < endAt) {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      backlog = await figureOf(app, 'switchyard_outbox_backlog')
    }
    const dropped = await figureOf(app, 'switchyard_outbox_dropped_total')
    await app.stop()
    // Whoever asked ends this process: by itself it might be gone before all of it is read.
    say({ type: 'report', spans: stopwatch.spans, dropped, backlog })
  }
}

await run(JSON.parse(process.argv[2] ?? '{}') as Hotline)
