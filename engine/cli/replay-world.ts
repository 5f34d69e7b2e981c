import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { natsOptions } from '../build-parts.ts'
import { readNatsStream } from '../bus/nats/read.ts'
import { eventStream, tenantToken } from '../catalogue/subjects.ts'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import type { ReplayWorld } from '../replay/command.ts'
import { loadStrategies } from '../strategy/load-strategies.ts'
import { readConfig } from './read-config.ts'
import { Exit, messageOf } from './terminal.ts'

/** The files, the broker and the terminal, for `switchyard events`, `replay` and `explain`. */
export const replayWorld: ReplayWorld = {
  now: () => systemClock.now(),
  readConfig,
  loadStrategies: (tenant) =>
    loadStrategies(tenant, { clock: systemClock, meter: { scored: () => {} } }),
  async *read(path) {
    const source = path === '-' ? process.stdin : createReadStream(path)
    try {
      yield* source.setEncoding('utf8') as AsyncIterable<string>
    } catch (error) {
      throw new Exit(2, `switchyard: cannot read ${path}: ${messageOf(error)}`)
    }
  },
  async *stored(bus, { tenant, sinceAt }) {
    const options = natsOptions(bus, createLogger('warn'), systemClock)
    const messages = readNatsStream(options, {
      stream: eventStream.name,
      filter: `switchyard.${tenant === undefined ? '*' : tenantToken(tenant)}.event.>`,
      ...(sinceAt === undefined ? {} : { sinceAt }),
    })
    for await (const { data } of messages) {
      yield Buffer.from(data).toString()
    }
  },
  async out(text) {
    if (!process.stdout.write(text)) {
      await once(process.stdout, 'drain')
    }
  },
}
