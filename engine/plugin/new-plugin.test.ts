import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { eventStream } from '../catalogue/subjects.ts'
import { systemClock } from '../clock.ts'
import { findServices } from '../commands/service.ts'
import { codeOf } from '../rigs/bus-world.ts'
import { repositoryFile } from '../rigs/repository-file.ts'
import { createTestBus } from '../rigs/test-bus.ts'
import { createCounter } from '../testing/counter.ts'
import { loadPlugin } from './load-plugin.ts'
import { loadPlugins } from './load-plugins.ts'
import { newPlugin } from './new-plugin.ts'
import { runPlugins } from './run-plugins.ts'

const root = repositoryFile('')

async function temporaryDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-plugin-'))
  t.teardown(() => rm(directory, { recursive: true }))
  return directory
}

/** Runs a command; resolves to what it said, and its status. */
async function run(cwd: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, TAP: '' } })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, said }
}

t.test('a new plugin compiles as generated, passes its test, and runs', async (t) => {
  const directory = await temporaryDirectory(t)
  const { files, next } = await newPlugin('front-row', { directory, version: '0.1.0' })
  const folder = join(directory, 'front-row')
  t.same(files.map((file) => basename(file)).toSorted(), [
    'README.md',
    'index.test.ts',
    'index.ts',
    'package.json',
    'tsconfig.json',
  ])
  t.equal(next, `cd ${folder} && npm install && npm test`)
  t.match(await readFile(join(folder, 'README.md'), 'utf8'), '| `priority` | whole number | 10 |')

  // In place of `npm install`: this very package, and the ones it is tested with.
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules', 'switchyard'))
  for (const name of ['tap', 'typescript', '@types']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  t.same(await run(folder, 'node_modules/typescript/bin/tsc'), { status: 0, said: '' })
  const { status, said } = await run(folder, 'build/index.test.js')
  t.equal(status, 0, said)
  t.match(said, /two replicas together handle each event effectively once/)

  const { bus, log } = createTestBus(t, systemClock)
  await bus.ensureStream(eventStream)
  const nextId = createCounter()
  const world = { clock: systemClock, log, newId: () => `r${nextId()}` }
  const module = { path: './front-row', from: directory }
  const plugins = new Map([['front-row', { module, options: { prefixes: ['+49'] } }]])
  const tenants = ['acme', 'globex'].map((tenantId) => ({ tenantId, plugins }))
  const loaded = await loadPlugins(tenants)
  const running = runPlugins(
    loaded.map((one) => ({ ...one, bus })),
    world,
  )
  await running.ready
  t.same(
    running.health().map(({ tenant, isReady }) => [tenant, isReady]),
    [
      ['acme', true],
      ['globex', true],
    ],
  )
  const services = await findServices(bus, undefined, 1_000)
  t.same(services.map(({ name }) => name).toSorted(), ['acme-front-row', 'globex-front-row'])
  await running.stop()
  t.same(await findServices(bus, undefined, 1_000), [])

  // One whose options cannot be used starts none.
  const [plugin] = loaded.map((one) => one.plugin)
  const bad = loaded.map((one, index) => ({ ...one, bus, ...(index === 1 && { options: {} }) }))
  t.throws(() => runPlugins(bad, world), { code: 'SY_PLUGIN_INVALID' })
  t.same(await findServices(bus, undefined, 1_000), [])
  const refused = async (name: string, module?: { path: string; from: string }, options = {}) => {
    const configured = { module, options }
    return await loadPlugins([{ tenantId: 'acme', plugins: new Map([[name, configured]]) }]).catch(
      ({ message }) => message,
    )
  }
  t.equal(plugin?.name, 'front-row')
  t.equal(
    await refused('front-row', module),
    'tenants.acme.plugins.front-row: front-row: its options cannot be used: prefixes: is missing: expected array',
  )
  t.equal(
    await refused('back-row', module),
    'tenants.acme.plugins.back-row: the module defines the plugin front-row: configure it under that name',
  )
  t.equal(
    await refused('none'),
    'tenants.acme.plugins.none: no plugin of this name comes with Switchyard: set `module` to its path',
  )
})

t.test('within a package a new plugin consists of three files', async (t) => {
  const directory = t.testdir()
  const { files, next } = await newPlugin('inside', { directory, version: '0.1.0' })
  t.same(
    files.map((file) => basename(file)),
    ['index.ts', 'index.test.ts', 'README.md'],
  )
  t.equal(next, 'npm test')
  t.equal(await codeOf(() => newPlugin('inside', { directory, version: '0.1.0' })), 'SY_USAGE')
  for (const name of ['', 'Upper', 'a b', '../up', 'a'.repeat(41)]) {
    t.equal(await codeOf(() => newPlugin(name, { directory, version: '0.1.0' })), 'SY_USAGE', name)
  }
  await t.rejects(loadPlugin('inside', directory), {
    code: 'SY_PLUGIN_INVALID',
    message: /^inside: no plugin there: expected a module/,
  })
})

t.test('a module that is not a plugin is refused with the reason', async (t) => {
  await t.rejects(loadPlugin('build/engine/clock.js', root), {
    code: 'SY_PLUGIN_INVALID',
    message: /a plugin needs a name/,
  })
  await t.rejects(loadPlugin('build/engine/none.js', root), { message: /no plugin there/ })
})
