import { type App, startApp } from '../app.ts'
import { createLogger, type Logger } from '../log.ts'
import { loadPlugins } from '../plugin/load-plugins.ts'
import { readConfig } from './read-config.ts'
import { Exit, messageOf, parse, stopSignal, writeOut } from './terminal.ts'

/** `switchyard engine`: runs until SIGTERM or SIGINT. */
export async function runEngine(args: readonly string[]): Promise<void> {
  const { values } = parse(args, { config: { type: 'string', short: 'c' } })
  const path = values['config']
  if (typeof path !== 'string') {
    throw new Exit(2, 'switchyard engine: --config FILE is missing')
  }
  const config = readConfig(path)
  const log = createLogger(config.log)
  const isAlone = config.bus.type === 'memory'
  const plugins = isAlone ? await loadPlugins(config.tenants.values()) : []
  const app = await startApp(config, { log, plugins })
  writeOut(`switchyard: metrics and health at http://${config.ops.host}:${app.opsPort}\n`)
  app.engine.onceReady(() => writeOut('switchyard: ready\n'))
  const reload = () => {
    void reloadFrom(path, app, log)
  }
  process.on('SIGHUP', reload)
  await stopSignal()
  process.off('SIGHUP', reload)
  log.info({}, 'stopping')
  await app.stop()
}

/** Applies a changed file; one with errors changes nothing. */
async function reloadFrom(path: string, app: App, log: Logger): Promise<void> {
  try {
    await app.reload(readConfig(path))
  } catch (error) {
    log.error(
      { reason: messageOf(error) },
      'the changed configuration was not applied; the previous one stays in force',
    )
  }
}
