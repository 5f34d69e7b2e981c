#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type App, startApp } from './app.ts'
import type { EngineConfig } from './config/engine-config.ts'
import { formatFaults } from './config/fault.ts'
import { parseConfig } from './config/parse-config.ts'
import { runDemo } from './demo/demo.ts'
import { isSwitchyardError, type SwitchyardError } from './errors.ts'
import { createLogger, type Logger } from './log.ts'

const usage = `switchyard: distributes the callers of FreeSWITCH to agents

  switchyard engine --config FILE   runs the engine until SIGTERM or SIGINT; SIGHUP reads FILE again
  switchyard check FILE             says everything that is wrong with a configuration
  switchyard demo                   shows the engine at work on a simulated FreeSWITCH
      --agents N      agents on duty                        (default 20)
      --rate R        callers a second                      (default 2)
      --seconds S     how long callers come                 (default 60)
      --seed N        the same seed gives the same callers  (default 1)
      --json          a JSON object as the last line of standard output
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
    case 'demo':
      return demo(rest)
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
  return error.code === 'SY_CONFIG_INVALID' ? 2 : 1
}
