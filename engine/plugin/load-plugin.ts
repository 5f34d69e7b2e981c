import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SwitchyardError } from '../errors.ts'
import { checkPlugin, type Plugin } from './definition.ts'

/**
 * Loads a plugin: the default export of a module, or of the `index.js` in a folder.
 * If there is none, its compiled output in `build/` is used, so that the path
 * `plugins/skill` names the source and runs the build.
 *
 * @param path a file or folder, relative to `from`
 * @throws SwitchyardError SY_PLUGIN_INVALID stating what was expected, or what is wrong with the module
 */
export async function loadPlugin(path: string, from: string = process.cwd()): Promise<Plugin> {
  const places = [path, join(path, 'build'), join('build', path)].map((place) =>
    resolve(from, place),
  )
  const file = await firstModule(places)
  if (file === undefined) {
    throw new SwitchyardError(
      'SY_PLUGIN_INVALID',
      `${path}: no plugin there: expected a module, or a folder with index.js or build/index.js. Is it built?`,
    )
  }
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new SwitchyardError('SY_PLUGIN_INVALID', `${path}: cannot be loaded: ${message}`, {
      cause,
    })
  }
  checkPlugin(module.default)
  return module.default
}

async function firstModule(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) {
    for (const file of [place, join(place, 'index.js')]) {
      const found = await stat(file).catch(() => undefined)
      if (found?.isFile() && /\.[cm]?js$/.test(file)) {
        return file
      }
    }
  }
  return undefined
}
