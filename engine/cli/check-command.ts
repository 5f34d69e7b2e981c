import type { EngineConfig, PluginConfig } from '../config/engine-config.ts'
import { optionFaults } from '../plugin/definition.ts'
import { loadConfigured } from '../plugin/load-plugins.ts'
import type { Report } from '../yaml/document.ts'
import { readUsableFile } from './read-config.ts'
import { Exit, messageOf, parse, writeOut } from './terminal.ts'

/**
 * `switchyard check`: checks the file, and the options of those of its plugins that are installed here.
 *
 * @throws Exit 2 for a file with errors; warnings leave the exit status 0
 */
export async function checkFile(args: readonly string[]): Promise<void> {
  const { positionals } = parse(args, {}, true)
  const [path] = positionals
  if (path === undefined || positionals.length > 1) {
    throw new Exit(2, 'switchyard check: give exactly one FILE')
  }
  const { config, judge, print } = readUsableFile(path)
  const verdicts = await judgePlugins(config)
  const faults = judge((report) => {
    for (const verdict of verdicts) {
      verdict(report)
    }
  })
  print(faults)
  writeOut(`${path}: this configuration can be used\n`)
}

type Verdict = (report: Report) => void

async function judgePlugins({ tenants, bus }: EngineConfig): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  // With a broker the plugin may be installed elsewhere; with `bus: memory` this program must run it.
  const severity = bus.type === 'memory' ? 'error' : 'warning'
  for (const { tenantId, plugins } of tenants.values()) {
    for (const [name, plugin] of plugins) {
      verdicts.push(
        ...(await judge(name, plugin, ['tenants', tenantId, 'plugins', name], severity)),
      )
    }
  }
  return verdicts
}

async function judge(
  name: string,
  { module, options }: PluginConfig,
  path: readonly string[],
  severity: 'error' | 'warning',
): Promise<readonly Verdict[]> {
  try {
    const plugin = await loadConfigured(name, module)
    return optionFaults(plugin, options).map((fault) => (report) => {
      const cure = `see the options in the README of the plugin ${name}`
      report([...path, 'options', ...fault.path], fault.message, cure)
    })
  } catch (error) {
    const at = module === undefined ? path : [...path, 'module']
    const cure = 'fix the plugin, or run check where it is installed'
    return [
      (report) =>
        report(at, `its options were not checked: ${messageOf(error)}`, cure, { severity }),
    ]
  }
}
