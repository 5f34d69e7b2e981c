#!/usr/bin/env node
import { once } from 'node:events'
import { createReadStream, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type App, natsOptions, startApp } from './app.ts'
import { readNatsStream } from './bus/nats-read.ts'
import { eventStream, tenantToken } from './bus/subjects.ts'
import { systemClock } from './clock.ts'
import type { EngineConfig } from './config/engine-config.ts'
import { formatFaults } from './config/fault.ts'
import { parseConfig } from './config/parse-config.ts'
import { runDemo } from './demo/demo.ts'
import { isSwitchyardError, type SwitchyardError } from './errors.ts'
import { runImport } from './import/command.ts'
import { createLogger, type Logger } from './log.ts'
import { type ReplayWorld, runEvents, runExplain, runReplay } from './replay/command.ts'
import { loadStrategies } from './strategy/load-strategies.ts'

const usage = `switchyard: distributes the callers of FreeSWITCH to agents

  switchyard engine --config FILE   runs the engine until SIGTERM or SIGINT; SIGHUP reads FILE again
  switchyard check FILE             says everything that is wrong with a configuration
  switchyard import-callcenter FILE turns a callcenter.conf.xml of mod_callcenter into a configuration
      --output FILE      instead of standard output; --force replaces what is there
      --tenant NAME      the tenant it becomes              (default default)
      --set NAME=VALUE   the value of $\${NAME} in the XML; as often as needed
  switchyard demo                   shows the engine at work on a simulated FreeSWITCH
      --agents N      agents on duty                        (default 20)
      --rate R        callers a second                      (default 2)
      --seconds S     how long callers come                 (default 60)
      --seed N        the same seed gives the same callers  (default 1)
      --json          a JSON object as the last line of standard output
  switchyard events --config FILE   writes the events that the broker keeps, as lines, to standard output
      --since SPAN    only those younger, as 90s, 30m, 2h or 1d
      --tenant T      only those of a tenant
  switchyard replay EVENTS --config NEW
                                    plays the day of these lines (- is standard input) under other rules
      --against OLD   and under these, to compare with
      --tenant T      whose day, when NEW has several
      --seed N        what is drawn where the events do not say (default 1)
      --json          figures as a JSON object
  switchyard explain CALL_ID        tells the story of a call, and why it went where it went
      --config FILE   from the events that the broker keeps, or
      --events FILE   from lines of events
  switchyard --help                 this text
  switchyard --version

A configuration is described in docs/configuration.md. Exit status: 0 well, 1 the work failed, 2 the command
or the configuration cannot be used.
`

/** Says it and ends with `status`. */
class Exit extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args
  switch (command) {
    case 'engine':
      return runEngine(rest)
    case 'check':
      return check(rest)
    case 'import-callcenter':
      process.exitCode = importQueues(rest)
      return
    case 'demo':
      return demo(rest)
    case 'events':
      return runEvents(rest, replayWorld)
    case 'replay':
      return runReplay(rest, replayWorld)
    case 'explain':
      return runExplain(rest, replayWorld)
    case '--version':
      return say(version())
    case undefined:
    case 'help':
    case '-h':
    case '--help':
      return say(usage)
    default:
      throw new Exit(2, `switchyard: no command ${command}. switchyard --help lists them.`)
  }
}

async function runEngine(args: readonly string[]): Promise<void> {
  const { values } = parse(args, { config: { type: 'string', short: 'c' } })
  const path = values['config']
  if (typeof path !== 'string') {
    throw new Exit(2, 'switchyard engine: --config FILE is missing')
  }
  const config = readConfig(path)
  const log = createLogger(config.log)
  const app = await startApp(config, { log })
  say(`switchyard: metrics and health at http://${config.ops.host}:${app.opsPort}\n`)
  app.engine.onceReady(() => say('switchyard: ready\n'))
  const reload = () => {
    void reloadFrom(path, app, log)
  }
  process.on('SIGHUP', reload)
  await stopSignal()
  process.off('SIGHUP', reload)
  log.info({}, 'stopping')
  await app.stop()
}

/** Takes over a changed file; one with faults changes nothing. */
async function reloadFrom(path: string, app: App, log: Logger): Promise<void> {
  try {
    await app.reload(readConfig(path))
  } catch (error) {
    log.error({ reason: messageOf(error) }, 'the configuration in force stays')
  }
}

function check(args: readonly string[]): void {
  const { positionals } = parse(args, {}, true)
  const [path] = positionals
  if (path === undefined || positionals.length > 1) {
    throw new Exit(2, 'switchyard check: name one FILE')
  }
  readConfig(path)
  say(`${path}: this configuration can be used\n`)
}

function importQueues(args: readonly string[]): number {
  return runImport(args, {
    read: (path) => readFileSync(path, 'utf8'),
    list: (directory) => readdirSync(directory),
    write: (path, text, mayReplace) => writeFileSync(path, text, { flag: mayReplace ? 'w' : 'wx' }),
    out: say,
    err: (text) => process.stderr.write(text),
  })
}

async function demo(args: readonly string[]): Promise<void> {
  const { values } = parse(args, {
    agents: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
  })
  const number = (name: string, fallback: number, least: number): number => {
    const value = values[name]
    const result = typeof value === 'string' && value.trim() !== '' ? Number(value) : fallback
    if (
      !Number.isFinite(result) ||
      result < least ||
      (typeof value === 'string' && value.trim() === '')
    ) {
      throw new Exit(
        2,
        `switchyard demo: --${name} ${String(value)} is not a number of at least ${least}`,
      )
    }
    return result
  }
  const { lost } = await runDemo({
    agents: Math.floor(number('agents', 20, 1)),
    rate: number('rate', 2, 0.01),
    seconds: number('seconds', 60, 1),
    seed: Math.floor(number('seed', 1, 0)),
    isJson: values['json'] === true,
    out: process.stdout,
    stopped: stopSignal(),
  })
  process.exitCode = lost > 0 ? 1 : 0
}

const replayWorld: ReplayWorld = {
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

/** Reads and checks a file; prints every fault and ends when it cannot be used. */
function readConfig(path: string): EngineConfig {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Exit(2, `switchyard: cannot read ${path}: ${messageOf(error)}`)
  }
  const source = {
    path: resolve(path),
    env: process.env,
    readFile: (file: string) => readFileSync(file, 'utf8'),
  }
  const result = parseConfig(text, source)
  const faults = result.ok ? result.warnings : result.faults
  if (faults.length > 0) {
    process.stderr.write(formatFaults(faults, { path, text }))
  }
  if (!result.ok) {
    const count = faults.filter(({ severity }) => severity === 'error').length
    throw new Exit(2, `${path}: ${count} ${count === 1 ? 'error' : 'errors'}`)
  }
  return result.config
}

function parse(
  args: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>['options'],
  allowPositionals = false,
) {
  try {
    return parseArgs({ args: [...args], options: options ?? {}, allowPositionals, strict: true })
  } catch (error) {
    throw new Exit(2, `switchyard: ${messageOf(error)}`)
  }
}

/** Resolves at SIGTERM or SIGINT; a second signal ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((done) => {
    const stop = () => {
      process.once('SIGTERM', () => process.exit(1))
      process.once('SIGINT', () => process.exit(1))
      done()
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  })
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return `${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}\n`
}

function say(text: string): void {
  process.stdout.write(text)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has read enough, as `head` does.
  if (error.code === 'EPIPE') {
    process.exit(0)
  }
  throw error
})

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  if (!(error instanceof Exit) && !isSwitchyardError(error)) {
    throw error
  }
  process.exitCode = error instanceof Exit ? error.status : statusOf(error)
}

function statusOf(error: SwitchyardError): number {
  return error.code === 'SY_CONFIG_INVALID' || error.code === 'SY_USAGE' ? 2 : 1
}
