import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bus } from '../bus/bus.ts'
import { createNatsBus } from '../bus/nats/nats.ts'
import { systemClock } from '../clock.ts'
import { type CommandClient, createCommandClient } from '../commands/client.ts'
import { createLogger } from '../log.ts'
import { loadPlugins } from '../plugin/load-plugins.ts'
import { type RunningPlugins, runPlugins } from '../plugin/run-plugins.ts'
import { type NatsServer, startNatsServer } from '../rigs/nats-server.ts'
import type { EslTool } from './esl-tool.ts'
import { HeardEvents } from './heard-events.ts'
import { configText, configure, countChannels, dialIn, openTool, type TestSwitch } from './rig.ts'

const log = createLogger('silent')
const replicas = ['first', 'second'] as const

/** A nats-server, an engine in its own process that can be killed, and two replicas of each plugin. */
export class Cluster {
  readonly fs: TestSwitch
  readonly tool: EslTool
  readonly heard: HeardEvents
  readonly commands: CommandClient
  readonly bus: Bus
  readonly #server: NatsServer
  readonly #folder: string
  readonly #buses: readonly Bus[]
  readonly #plugins: RunningPlugins
  #engine: ChildProcess | undefined

  private constructor(
    fs: TestSwitch,
    parts: {
      readonly tool: EslTool
      readonly heard: HeardEvents
      readonly server: NatsServer
      readonly folder: string
      readonly buses: readonly [Bus, ...Bus[]]
      readonly plugins: RunningPlugins
    },
  ) {
    this.fs = fs
    this.tool = parts.tool
    this.heard = parts.heard
    this.bus = parts.buses[0]
    this.commands = createCommandClient(this.bus, 'default', 'test')
    this.#server = parts.server
    this.#folder = parts.folder
    this.#buses = parts.buses
    this.#plugins = parts.plugins
  }

  /**
   * Resolves when the engine and all replicas are running.
   *
   * @param tenant YAML of the tenant `default`, indented by four spaces
   */
  static async start(fs: TestSwitch, tenant: string): Promise<Cluster> {
    const server = await startNatsServer()
    const text = configText(fs, tenant, `bus: { nats: { servers: ['${server.url}'] } }`)
    const folder = mkdtempSync(join(tmpdir(), 'switchyard-cluster-'))
    writeFileSync(join(folder, 'switchyard.yaml'), text)
    const connect = () => createNatsBus({ servers: [server.url], log, clock: systemClock })
    const own = connect()
    const loaded = await loadPlugins(configure(text, fs).tenants.values())
    const runs = replicas.flatMap(() => loaded.map((one) => ({ ...one, bus: connect() })))
    const plugins = runPlugins(runs, { clock: systemClock, log, newId: randomUUID })
    const cluster = new Cluster(fs, {
      ...{ server, folder, plugins, buses: [own, ...runs.map(({ bus }) => bus)] },
      ...{ tool: await openTool(fs), heard: await HeardEvents.listen(own) },
    })
    await cluster.startEngine()
    await plugins.ready
    return cluster
  }

  /** Starts an engine. Resolves when it has read the state of the switch. */
  async startEngine(): Promise<void> {
    const path = join(this.#folder, 'switchyard.yaml')
    const engine = spawn(process.execPath, ['build/engine/main.js', 'engine', '--config', path], {
      env: { PATH: process.env['PATH'], ESL_PASSWORD: this.fs.password },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#engine = engine
    const ended = once(engine, 'exit').then(() => {
      throw new Error('the engine ended')
    })
    ended.catch(() => undefined)
    let output = ''
    engine.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    while (!output.includes('switchyard: ready')) {
      await Promise.race([once(engine.stdout, 'data'), ended])
    }
  }

  /** Kills the engine with SIGKILL. */
  async killEngine(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    if (engine !== undefined) {
      const ended = once(engine, 'exit')
      engine.kill('SIGKILL')
      await ended
    }
  }

  /** Places a call. @returns the call's id */
  call(callerNumber: string): Promise<string> {
    return dialIn(this, '1000', {}, callerNumber)
  }

  async hangUp(legId: string): Promise<void> {
    await this.tool.api(`uuid_kill ${legId}`)
  }

  channels(expected: number): Promise<number> {
    return countChannels(this.tool, expected)
  }

  /** Hangs up all channels and stops everything. */
  async stop(): Promise<void> {
    await this.tool.api('hupall')
    await this.killEngine()
    await this.#plugins.stop()
    await Promise.all(this.#buses.map((bus) => bus.close()))
    this.tool.close()
    await this.#server.remove()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
