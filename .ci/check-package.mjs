#!/usr/bin/env node
// Checks an unpacked or installed package: `node .ci/check-package.mjs DIRECTORY`.
// Whatever a shipped file imports or links to must be shipped too, and every package it imports must be a dependency or a
// peer. Modules that nothing reaches from `bin`, `exports` or a plugin are counted: they are dead weight, not a fault.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(process.argv[2] ?? '.')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const faults = []

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules', root.length))
  .map((entry) => join(entry.parentPath, entry.name))
const needed = new Set([
  ...Object.keys(manifest.dependencies ?? {}),
  ...Object.keys(manifest.peerDependencies ?? {}),
])
const isBuiltin = (name) => name.startsWith('node:') || builtinModules.includes(name)
const nameOfPackage = (specifier) =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** The specifiers in a module or its types: static, dynamic, of a type, and of a file started as a worker. */
function importsOf(file) {
  const text = readFileSync(file, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
  const patterns = [
    /^\s*(?:import|export)\s[^'"`;]*?\sfrom\s+['"]([^'"]+)['"]/gm,
    /^\s*import\s+['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    /\bnew URL\(\s*['"](\.[^'"]+\.js)['"],\s*import\.meta\.url/g,
  ]
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]))
}

const importedBy = new Map()
for (const file of files.filter((name) => /\.(js|d\.ts)$/.test(name) && name.includes('/build/'))) {
  const reached = []
  for (const specifier of importsOf(file)) {
    if (specifier.startsWith('.')) {
      const target = resolve(dirname(file), specifier)
      // Types are named by their source (`./clock.ts`) and stand in a `.d.ts`.
      const found = [target, target.replace(/\.(ts|js)$/, '.d.ts')].find(existsSync)
      if (found === undefined) {
        faults.push(`${relative(root, file)} imports ${specifier}, which is not in the package`)
      } else {
        reached.push(found)
      }
    } else if (!isBuiltin(specifier) && !needed.has(nameOfPackage(specifier))) {
      faults.push(`${relative(root, file)} imports ${specifier}, which is not a dependency`)
    }
  }
  importedBy.set(file, reached)
}

const doors = [
  ...Object.values(manifest.bin ?? {}),
  ...Object.values(manifest.exports ?? {}).map((entry) => entry.default),
].map((path) => join(root, path))
for (const door of doors) {
  if (!existsSync(door)) {
    faults.push(`package.json names ${relative(root, door)}, which is not in the package`)
  }
}
// Plugins are loaded by their names.
const plugins = [...importedBy.keys()].filter((file) => /\/build\/plugins\/[^/]+\/index\.js$/.test(file))
const inUse = new Set()
const ahead = [...doors, ...plugins]
for (let file = ahead.pop(); file !== undefined; file = ahead.pop()) {
  if (!inUse.has(file)) {
    inUse.add(file)
    ahead.push(...(importedBy.get(file) ?? []))
    // A module needs its types' modules as well.
    ahead.push(...(importedBy.get(file.replace(/\.js$/, '.d.ts')) ?? []).map((f) => f.replace(/\.d\.ts$/, '.js')))
  }
}
const unused = [...importedBy.keys()].filter((file) => file.endsWith('.js') && !inUse.has(file))

for (const file of files.filter((name) => name.endsWith('.md'))) {
  for (const [, link] of readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
    const path = link.replace(/#.*$/, '')
    if (path !== '' && !/^[a-z]+:/.test(path) && !existsSync(resolve(dirname(file), path))) {
      faults.push(`${relative(root, file)} links to ${link}, which is not in the package`)
    }
  }
}

const size = files.reduce((sum, file) => sum + statSync(file).size, 0)
console.log(
  `${manifest.name} ${manifest.version}: ${files.length} files, ${Math.round(size / 1000)} kB; ` +
    `modules in use: ${inUse.size}, not in use: ${unused.length}`,
)
if (process.argv.includes('--unused')) {
  console.log(unused.map((file) => relative(root, file)).join('\n'))
}
for (const fault of faults) {
  console.error(fault)
}
process.exitCode = faults.length === 0 ? 0 : 1
