// Builds what has changed and runs the given test files, without coverage:
//   npm run test:one -- engine/core/acd.test.ts [more files, options of tap]
//   npm run watch -- [the same]    again after each change; without a file it only compiles
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const tap = join(root, 'node_modules/.bin/tap')

const args = process.argv.slice(2)
const isWatching = args[0] === '--watch'
const given = isWatching ? args.slice(1) : args
const options = given.filter((arg) => arg.startsWith('-'))
// npm runs scripts at the root; files are named from where the command was given.
const from = process.env.INIT_CWD ?? process.cwd()
const sources = given
  .filter((arg) => !arg.startsWith('-'))
  .map((arg) => {
    const here = resolve(from, arg)
    return relative(root, existsSync(here) ? here : resolve(root, arg))
  })

for (const source of sources) {
  if (!source.endsWith('.test.ts') || !existsSync(join(root, source))) {
    fail(`${source} is not a test file of this project`)
  }
}
if (sources.length === 0 && !isWatching) {
  fail('usage: npm run test:one -- FILE.test.ts [FILE.test.ts ...] [options of tap]')
}
const built = sources.map((source) => join('build', source.replace(/\.ts$/, '.js')))
const tapArgs = ['--disable-coverage', ...options, ...built]

if (isWatching) {
  watch()
} else {
  const { status } = spawnSync(process.execPath, [tsc], { cwd: root, stdio: 'inherit' })
  process.exitCode =
    status === 0 ? spawnSync(tap, tapArgs, { cwd: root, stdio: 'inherit' }).status : status
}

/** Compiles after each change and, if there are no errors, runs the tests. A change during a run ends that run. */
function watch() {
  const compiler = spawn(process.execPath, [tsc, '--watch', '--preserveWatchOutput'], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
  let run
  compiler.stdout.setEncoding('utf8')
  compiler.stdout.on('data', (text) => {
    process.stdout.write(text)
    if (text.includes('Found 0 errors') && built.length > 0) {
      run?.kill()
      run = spawn(tap, tapArgs, { cwd: root, stdio: 'inherit' })
    }
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      run?.kill()
      compiler.kill()
    })
  }
  compiler.on('exit', (code) => {
    process.exitCode = code ?? 0
  })
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
