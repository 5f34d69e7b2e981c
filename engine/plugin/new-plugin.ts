import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SwitchyardError } from '../errors.ts'
import { indexText, packageText, readmeText, testText, tsconfigText } from './plugin-template.ts'

export interface NewPluginOptions {
  /** Where its folder is created. @default the working directory */
  readonly directory?: string
  /** The version of Switchyard that a generated package depends on. */
  readonly version: string
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/**
 * Generates a working plugin with its test and README: `switchyard new-plugin NAME`.
 * Outside a package it becomes a package of its own, ready to build and test.
 *
 * @returns the files written, and the command to run next
 * @throws SwitchyardError SY_USAGE when the name is invalid, or the folder exists already
 */
export async function newPlugin(
  name: string,
  { directory = process.cwd(), version }: NewPluginOptions,
): Promise<{ readonly files: readonly string[]; readonly next: string }> {
  if (!namePattern.test(name) || name.length > 40) {
    throw new SwitchyardError(
      'SY_USAGE',
      'a plugin is named by lower-case words joined by "-", at most 40 characters',
    )
  }
  const folder = join(resolve(directory), name)
  const isOwnPackage = !(await isInsidePackage(folder))
  const texts: Readonly<Record<string, string>> = {
    'index.ts': indexText(name),
    'index.test.ts': testText(name),
    'README.md': readmeText(name),
    ...(isOwnPackage && {
      'package.json': packageText(name, version),
      'tsconfig.json': tsconfigText,
    }),
  }
  await mkdir(dirname(folder), { recursive: true })
  try {
    await mkdir(folder)
  } catch (cause) {
    throw new SwitchyardError('SY_USAGE', `${folder}: cannot be created, or exists already`, {
      cause,
    })
  }
  const files = Object.keys(texts).map((file) => join(folder, file))
  await Promise.all(
    Object.entries(texts).map(([file, text]) => writeFile(join(folder, file), text)),
  )
  const next = isOwnPackage ? `cd ${folder} && npm install && npm test` : 'npm test'
  return { files, next }
}

async function isInsidePackage(folder: string): Promise<boolean> {
  for (let place = dirname(folder); ; place = dirname(place)) {
    const isPackage = await readFile(join(place, 'package.json')).then(
      () => true,
      () => false,
    )
    if (isPackage || place === dirname(place)) {
      return isPackage
    }
  }
}
