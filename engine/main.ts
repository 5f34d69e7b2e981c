#!/usr/bin/env node
import { checkFile } from './cli/check-command.ts'
import { showDemo } from './cli/demo-command.ts'
import { runEngine } from './cli/engine-command.ts'
import { importQueues } from './cli/import-command.ts'
import { writePlugin } from './cli/new-plugin-command.ts'
import { runPluginProcess } from './cli/plugin-command.ts'
import { replayWorld } from './cli/replay-world.ts'
import { Exit, messageOf, writeOut } from './cli/terminal.ts'
import { usage } from './cli/usage.ts'
import { version } from './cli/version.ts'
import { isSwitchyardError, type SwitchyardError } from './errors.ts'
import { runEvents, runExplain, runReplay } from './replay/command.ts'

async function main(args: readonly string[]): Promise<void> {
  const [command, ...rest] = args
  switch (command) {
    case 'engine':
      return runEngine(rest)
    case 'check':
      return checkFile(rest)
    case 'plugin':
      return runPluginProcess(rest)
    case 'new-plugin':
      return writePlugin(rest)
    case 'import-callcenter':
      process.exitCode = importQueues(rest)
      return
    case 'demo':
      return showDemo(rest)
    case 'events':
      return runEvents(rest, replayWorld)
    case 'replay':
      return runReplay(rest, replayWorld)
    case 'explain':
      return runExplain(rest, replayWorld)
    case '--version':
      return writeOut(`${version()}\n`)
    case undefined:
    case 'help':
    case '-h':
    case '--help':
      return writeOut(usage)
    default:
      throw new Exit(2, `switchyard: no command ${command}; switchyard --help lists the commands`)
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has closed the pipe, as `head` does.
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
