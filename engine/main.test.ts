import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configFile, plainConfig } from './rigs/config-file.ts'

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['build/engine/main.js', ...args], {
    env: { ...process.env, ...env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const ended = once(child, 'close').then(([status]) => ({
    status: status as number | null,
    out,
    err,
  }))
  return { child, ended }
}

t.test('help lists the commands, and an unknown command points to it', async (t) => {
  const help = await start(['--help']).ended
  t.equal(help.status, 0)
  t.match(help.out, /engine --config FILE[\s\S]*check FILE[\s\S]*demo/)
  const unknown = await start(['launch']).ended
  t.strictSame([unknown.status, unknown.out], [2, ''])
  t.match(unknown.err, 'no command launch')
  t.match((await start(['--version']).ended).out, /^\d+\.\d+\.\d+\n$/)
})

t.test('check accepts a valid file, and names every fault of an invalid one', async (t) => {
  const env = { ESL_PASSWORD: 'hunter2' }
  const accepted = await start(['check', configFile(t, plainConfig)], env).ended
  t.equal(accepted.status, 0)
  t.match(accepted.out, 'can be used')
  const bad = plainConfig
    .replace('queue: sales }', 'queue: sails }')
    .replace('sales: {}', 'sales: { ringTime: soon }')
  const refused = await start(['check', configFile(t, bad)], env).ended
  t.equal(refused.status, 2)
  t.match(refused.err, /:5:\d+: error:[\s\S]*soon[\s\S]*:7:\d+: error:[\s\S]*sails[\s\S]*2 errors/)
  t.notMatch(refused.err, 'hunter2')
  const absent = await start(['check', join(t.testdir(), 'none.yaml')]).ended
  t.equal(absent.status, 2)
  t.match(absent.err, 'cannot read')
})

t.test('the output of import-callcenter passes check, and is not overwritten', async (t) => {
  const output = join(t.testdir(), 'switchyard.yaml')
  const args = ['import-callcenter', 'engine/import/golden/centre.xml', '--output', output]
  const imported = await start(args).ended
  t.strictSame([imported.status, imported.out], [0, ''])
  t.match(imported.err, '3 queues, 4 agents imported')
  const checked = await start(['check', output], { FREESWITCH_PASSWORD: 'x' }).ended
  t.equal(checked.status, 0)
  const again = await start(args).ended
  t.equal(again.status, 2)
  t.match(again.err, '--force replaces it')
})

t.test('a missing or unknown argument is named', async (t) => {
  const wrong = [
    ['engine'],
    ['check'],
    ['import-callcenter'],
    ['engine', '--confg', 'x'],
    ['demo', '--rate', 'fast'],
    ['demo', '--seconds', '0'],
  ]
  const all = await Promise.all(wrong.map((args) => start(args).ended))
  for (const [index, { status, err }] of all.entries()) {
    t.equal(status, 2, wrong[index]?.join(' ') ?? '')
    t.ok(err.startsWith('switchyard'))
  }
})

t.test('the engine starts without its switch, and SIGTERM ends it cleanly', async (t) => {
  const { child, ended } = start(['engine', '--config', configFile(t, plainConfig)], {
    ESL_PASSWORD: 'hunter2',
  })
  const [output] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  const url = /http:\S+/.exec(output.toString())?.[0]
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  t.equal((await fetch(`${url}/readyz`)).status, 503)
  child.kill('SIGTERM')
  const { status, err } = await ended
  t.equal(status, 0)
  t.notMatch(err, 'hunter2')
})

t.test('SIGHUP applies a changed file, and changes nothing for a faulty one', async (t) => {
  const path = configFile(t, plainConfig)
  const { child, ended } = start(['engine', '--config', path], { ESL_PASSWORD: 'hunter2' })
  let logged = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    logged += chunk.toString()
  })
  const until = async (text: string) => {
    while (!logged.includes(text)) {
      await once(child.stderr ?? child, 'data')
    }
  }
  await once(child.stdout ?? child, 'data')
  writeFileSync(path, plainConfig.replace('sales: {}', 'sales: { ringTime: soon }'))
  child.kill('SIGHUP')
  await until('the previous one stays in force')
  t.match(logged, /:5:\d+: error:[\s\S]*soon/)
  writeFileSync(
    path,
    plainConfig.replace('sales: {}', 'sales: {}, help: {}').replace('port: 1,', 'port: 2,'),
  )
  child.kill('SIGHUP')
  await until('only after a restart')
  t.match(logged, 'configuration reloaded')
  t.match(logged, '"left":["switches"]')
  child.kill('SIGTERM')
  t.equal((await ended).status, 0)
  t.notMatch(logged, 'hunter2')
})

t.test('the demo ends with one JSON object, and nobody lost', async (t) => {
  const { ended } = start([
    'demo',
    '--seconds',
    '2',
    '--rate',
    '10',
    '--agents',
    '5',
    '--seed',
    '7',
    '--json',
  ])
  const { status, out } = await ended
  t.equal(status, 0)
  const result = JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
  t.match(result, {
    offered: Number,
    answered: Number,
    abandoned: Number,
    lost: 0,
    waitMs: { p50: Number, p99: Number },
    matchUs: { p50: Number, p99: Number },
  })
  t.match(out, /metrics: http:.*\/metrics\n1\.\d s \| sales: waiting/)
})
