import type { Test } from 'tap'
import {
  type PluginWorld,
  type PluginWorldOptions,
  startPlugin,
} from '../../engine/testing/index.ts'
import plugin from './index.ts'

/** Starts the plugin; it stops at the end of the test. */
export async function startSurvey(
  t: Test,
  options: unknown,
  worldOptions: PluginWorldOptions = {},
): Promise<PluginWorld> {
  const world = await startPlugin(plugin, options, worldOptions)
  t.teardown(() => world.stop())
  return world
}
