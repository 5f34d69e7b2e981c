import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { createMailbox } from '../rigs/bus-world.ts'
import { natsServerMissing, startNatsServer } from '../rigs/nats-server.ts'
import { repositoryFile } from '../rigs/repository-file.ts'
import { writePlugin } from './new-plugin-command.ts'
import { runPluginProcess } from './plugin-command.ts'

const missing = natsServerMissing()
const skip = missing === undefined ? {} : { skip: missing }
const conf = repositoryFile('examples/nats-server.conf')

t.setTimeout(120_000)

/** Runs the command line. `lines` are those of standard output, as they come. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['build/engine/main.js', ...args], {
    env: { PATH: process.env['PATH'], ...env },
  })
  const lines = createMailbox<string>()
  let rest = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    parts.forEach(lines.put)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const ended = once(child, 'close').then(([status]) => ({ status: status as number, err }))
  const logged = async (text: string) => {
    while (!err.includes(text)) {
      await once(child.stderr, 'data')
    }
  }
  return { child, lines, logged, ended }
}

/** A plugin that is ready as soon as it runs. Its options can make it fail or report a fault. */
const module = `import { definePlugin, PLUGIN_API, z } from 'switchyard/plugin'
export default definePlugin({
  name: 'skill',
  api: PLUGIN_API,
  options: z.strictObject({ level: z.int(), words: z.array(z.string()).default([]) }),
  setup({ options, reportHealth }) {
    if (options.level === 13) throw new TypeError('a fault of the setup')
    if (options.level === 12) reportHealth('customers', 'the file is missing')
  },
  events: { 'call.arrived': () => {} },
})
`

const nats = (url: string) => `bus:
  nats:
    servers: ['${url}']
    credentials: { user: engine, password: { env: ENGINE_PASSWORD } }
`
const own = 'credentials: { user: skill, password: { env: SKILL_PASSWORD } }'

/** A configuration beside the plugin; with these lines at its top, and this plugin of `acme`. */
function files(t: Test, top: string, plugins: string): string {
  // In the project, for the plugin imports it by name.
  const directory = mkdtempSync(repositoryFile('build/plugin-command-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'switchyard.yaml')
  mkdirSync(join(directory, 'skill'))
  writeFileSync(join(directory, 'skill', 'index.js'), module)
  writeFileSync(
    path,
    `ops: { host: 127.0.0.1, port: 0 }
${top}switches: { fs1: { host: 127.0.0.1, port: 1, password: { env: ESL_PASSWORD } } }
tenants:
  acme:
    queues: { sales: {} }
    agents: { ann: { dial: user/ann, queues: [sales] } }
    plugins:
      ${plugins}
`,
  )
  return path
}

t.test('check validates the options of plugins, and reports each fault at its place', async (t) => {
  const path = files(
    t,
    '',
    "skill: { module: ./skill, options: { level: '7', words: [ a, 1 ], leval: 7 } }",
  )
  const { status, err } = await start(['check', path], { ESL_PASSWORD: 'x' }).ended
  t.equal(status, 2)
  const found = err.split('\n').filter((line) => line.includes(' error: '))
  t.same(
    found.map((line) => line.slice(path.length)),
    [
      ':8:51: error: tenants.acme.plugins.skill.options.level: expected number, received string',
      ':8:68: error: tenants.acme.plugins.skill.options.words[1]: expected string, received number',
      ':8:80: error: tenants.acme.plugins.skill.options.leval: no such option',
    ],
  )
  t.match(err, 'cure: see the options in the README of the plugin skill')
  t.match(err, '3 errors')
})

t.test(
  'a plugin that is not installed here is a warning where it runs elsewhere, else an error',
  async (t) => {
    const env = { ESL_PASSWORD: 'x', ENGINE_PASSWORD: 'x' }
    const absent = 'front-row: { module: ./front-row }'
    const apart = await start(['check', files(t, nats('nats://127.0.0.1:1'), absent)], env).ended
    t.equal(apart.status, 0)
    t.match(
      apart.err,
      /warning: tenants\.acme\.plugins\.front-row\.module: its options were not checked/,
    )
    const alone = await start(['check', files(t, '', 'front-row: {}')], env).ended
    t.equal(alone.status, 2)
    t.match(
      alone.err,
      /plugins\.front-row: its options were not checked: no plugin of this name comes/,
    )
  },
)

t.test('a missing or unknown argument of the plugin command is named', async (t) => {
  const path = files(t, nats('nats://127.0.0.1:1'), `skill: { module: ./skill, ${own} }`)
  const memory = files(t, '', 'skill: { module: ./skill, options: { level: 1 } }')
  process.env['SKILL_PASSWORD'] = 'hunter2'
  t.teardown(() => delete process.env['SKILL_PASSWORD'])
  const of = async (run: Promise<void>) => await run.catch(({ message }) => message as string)
  const messageOf = (...args: readonly string[]) => of(runPluginProcess(args))
  t.same(
    [
      await messageOf('--config', path),
      await messageOf('skill'),
      await messageOf('skill', '-c', path, '--ops-port', 'x'),
      await messageOf('skill', '-c', path, '--tenant', 'globex'),
      await messageOf('callbakc', '-c', path),
      await messageOf('skill', '-c', path),
      await messageOf('./none', '-c', path),
      await messageOf(join(dirname(memory), 'skill'), '-c', memory),
      await of(writePlugin([])),
      await of(writePlugin(['Upper'])),
    ],
    [
      'switchyard plugin: give exactly one NAME or PATH of a plugin',
      'switchyard plugin: --config FILE is missing',
      'switchyard plugin: --ops-port x is not a port from 0 to 65535',
      `${path}: no tenant globex has the plugin skill: add plugins: { skill: {} } to the tenant`,
      `${path}: no tenant has the plugin callbakc: add plugins: { callbakc: {} } to the tenant`,
      'tenants.acme.plugins.skill: skill: its options cannot be used: level: is missing: expected number',
      './none: no plugin there: expected a module, or a folder with index.js or build/index.js. Is it built?',
      'switchyard plugin: with `bus: memory` the engine runs its plugins itself; to run one in its own process, configure a broker: bus: { nats: … }',
      'switchyard new-plugin: give exactly one NAME',
      'a plugin is named by lower-case words joined by "-", at most 40 characters',
    ],
  )
})

t.test('new-plugin writes a plugin, and prints the next command to type', async (t) => {
  const directory = t.testdir()
  const { lines, ended } = start(['new-plugin', 'front-row', '--directory', directory])
  t.equal((await ended).status, 0)
  t.same(lines.items, [
    ...['index.ts', 'index.test.ts', 'README.md'].map(
      (file) => `wrote ${join(directory, 'front-row', file)}`,
    ),
    'next: npm test',
  ])
})

t.test('with the bus in memory the engine runs its plugins itself', async (t) => {
  const path = files(t, '', 'skill: { module: ./skill, options: { level: 7 } }')
  const { child, lines, logged, ended } = start(['engine', '--config', path], { ESL_PASSWORD: 'x' })
  const [first = ''] = await lines.take(1)
  const url = /http:\S+/.exec(first)?.[0]
  await logged('plugin is running')
  t.match(await (await fetch(`${url}/metrics`)).text(), 'switchyard_plugin_events_total')
  writeFileSync(path, readFileSync(path, 'utf8').replace('level: 7', 'level: 8'))
  child.kill('SIGHUP')
  await logged('only after a restart')
  child.kill('SIGTERM')
  const { status, err } = await ended
  t.equal(status, 0)
  t.match(err, /"plugin":"skill","tenant":"acme".*"msg":"plugin is running"/)
  t.match(err, '"left":["tenants.acme.plugins"]')
  const bad = files(t, '', 'skill: { module: ./skill }')
  const refused = await start(['engine', '--config', bad], { ESL_PASSWORD: 'x' }).ended
  t.equal(refused.status, 1)
  t.match(refused.err, /^tenants\.acme\.plugins\.skill: skill: its options cannot be used: level/)
})

t.test('a plugin runs as its own user, and needs no secret but its own', skip, async (t) => {
  const server = await startNatsServer(['-c', conf])
  t.teardown(() => server.remove())
  const configured = (level: number) =>
    files(t, nats(server.url), `skill: { module: ./skill, options: { level: ${level} }, ${own} }`)
  const engine = start(['engine', '--config', configured(7)], {
    ESL_PASSWORD: 'x',
    ENGINE_PASSWORD: 'engine-secret',
  })
  await engine.lines.take(1)
  const env = { SKILL_PASSWORD: 'skill-secret' }
  const { child, lines, ended } = start(['plugin', 'skill', '-c', configured(7)], env)
  const [first = '', second] = await lines.take(2)
  t.equal(second, 'switchyard: ready')
  const url = /http:\S+/.exec(first)?.[0]
  const ready = await fetch(`${url}/readyz`)
  t.equal(ready.status, 200)
  const health = { plugin: 'skill', tenant: 'acme', state: 'running', isReady: true, faults: {} }
  t.same(await ready.json(), { ready: true, missing: [], plugins: [health] })
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  t.match(metrics, /process_cpu_seconds_total[\s\S]*switchyard_plugin_published_total/)
  child.kill('SIGTERM')
  const { status, err } = await ended
  t.equal(status, 0)
  t.notMatch(err, 'skill-secret')

  const unwell = start(['plugin', 'skill', '-c', configured(12)], env)
  const [port = ''] = await unwell.lines.take(2)
  const answer = await fetch(`${/http:\S+/.exec(port)?.[0]}/readyz`)
  t.equal(answer.status, 503)
  t.match(await answer.json(), {
    ready: false,
    missing: ['skill of acme is running; customers: the file is missing'],
  })
  unwell.child.kill('SIGTERM')
  t.equal((await unwell.ended).status, 0)

  const broken = await start(['plugin', 'skill', '-c', configured(13)], env).ended
  t.equal(broken.status, 1)
  t.match(broken.err, 'the plugin cannot start')
  engine.child.kill('SIGTERM')
  t.equal((await engine.ended).status, 0)
})
