import t from 'tap'
import type { EngineConfig, TenantConfig } from '../config/engine-config.ts'
import { inTenant, parse } from '../config/fixture.ts'
import { isSwitchyardError } from '../errors.ts'
import { type ReplayWorld, runEvents, runExplain, runReplay } from './command.ts'
import { recordDay } from './testing/record-day.ts'

const acme = inTenant(
  'queues: { sales: {} }',
  'agents: { ann: { dial: user/ann, queues: [ sales ] } }',
)
const withNats = `bus: { nats: { servers: [ 'nats://n:4222' ] } }\n`
const configs: Readonly<Record<string, string>> = {
  'acme.yaml': acme,
  'fast.yaml': acme.replace('sales: {}', 'sales: { wrapUp: 0s }'),
  'nats.yaml': withNats + acme,
  'two.yaml': `${acme}  other:\n    queues: { sales: {} }\n`,
}

function configOf(path: string): EngineConfig {
  const parsed = parse(configs[path] ?? '')
  if (!parsed.ok) {
    throw new Error(`the test configuration ${path} is wrong: ${parsed.faults[0]?.message}`)
  }
  return parsed.config
}

const tenant = [...configOf('acme.yaml').tenants.values()][0]
const lines =
  tenant === undefined
    ? []
    : recordDay({ tenant, seed: 5, hours: 1, perHour: 20, talkMs: 60_000, patienceMs: 60_000 })

/** A world with the day in a file, read in pieces that cut lines, and on a broker. */
function world(): ReplayWorld & { output: string; readonly asked: unknown[] } {
  const asked: unknown[] = []
  const made = {
    output: '',
    asked,
    now: () => 1_000_000_000,
    readConfig: configOf,
    async loadStrategies(one: TenantConfig) {
      asked.push(`strategies of ${one.tenantId}`)
      return one
    },
    async *read(path: string) {
      asked.push(path)
      const text = lines.join('\n')
      for (let from = 0; from < text.length; from += 1_000) {
        yield text.slice(from, from + 1_000)
      }
    },
    async *stored(bus: { readonly servers: readonly string[] }, of: object) {
      asked.push([bus.servers, of])
      yield* lines
    },
    out(text: string) {
      made.output += text
    },
  }
  return made
}

async function refusal(run: (w: ReplayWorld) => Promise<void>): Promise<string> {
  try {
    await run(world())
    return 'none'
  } catch (error) {
    return isSwitchyardError(error, 'SY_USAGE') ? error.message : `another: ${String(error)}`
  }
}

t.test('replay prints tables, or one JSON object', async (t) => {
  const text = world()
  await runReplay(
    ['day.jsonl', '--config', 'fast.yaml', '--against', 'acme.yaml', '--seed', '4'],
    text,
  )
  t.strictSame(text.asked, ['strategies of acme', 'strategies of acme', 'day.jsonl'])
  t.match(
    text.output,
    /seed 4\n\nall queues +as recorded +under OLD +under NEW\ncalls +16 +16 +16\n/,
  )
  const json = world()
  await runReplay(['-', '-c', 'acme.yaml', '--json'], json)
  t.match(JSON.parse(json.output), {
    tenant: 'acme',
    seed: 1,
    all: { recorded: { calls: 16 }, new: { calls: 16 } },
    queues: [{ queue: 'sales' }],
    notes: Array,
  })
})

t.test('events prints what the broker keeps, by tenant and time if asked', async (t) => {
  const all = world()
  await runEvents(['--config', 'nats.yaml'], all)
  t.equal(all.output, lines.map((line) => `${line}\n`).join(''))
  const some = world()
  await runEvents(['--config', 'nats.yaml', '--since', '2h', '--tenant', 'acme'], some)
  t.strictSame(
    [...all.asked, ...some.asked],
    [
      [['nats://n:4222'], { tenant: undefined, sinceAt: undefined }],
      [['nats://n:4222'], { tenant: 'acme', sinceAt: 1_000_000_000 - 7_200_000 }],
    ],
  )
})

t.test('explain reads the file or the broker', async (t) => {
  const { subject } = JSON.parse(lines[0] ?? '') as { readonly subject: string }
  const [file, broker] = [world(), world()]
  await runExplain([subject, '--events', 'day.jsonl'], file)
  await runExplain([subject, '--config', 'nats.yaml'], broker)
  t.match(file.output, `Call ${subject} of tenant acme`)
  t.equal(broker.output, file.output)
})

t.test('a wrong command line is refused with what to do', async (t) => {
  t.strictSame(
    await Promise.all([
      refusal((w) => runReplay([], w)),
      refusal((w) => runReplay(['day'], w)),
      refusal((w) => runReplay(['day', '-c', 'acme.yaml', '--seed', 'x'], w)),
      refusal((w) => runReplay(['day', '-c', 'two.yaml'], w)),
      refusal((w) => runReplay(['day', '-c', 'two.yaml', '--tenant', 'none'], w)),
      refusal((w) => runEvents([], w)),
      refusal((w) => runEvents(['-c', 'acme.yaml'], w)),
      refusal((w) => runEvents(['-c', 'nats.yaml', '--since', 'noon'], w)),
      refusal((w) => runExplain([], w)),
      refusal((w) => runExplain(['call-1'], w)),
      refusal((w) => runExplain(['call-1', '--events', 'day'], w)),
    ]),
    [
      'switchyard replay: name one file of EVENTS, or - for standard input',
      'switchyard replay: --config NEW is required: the rules to try',
      'switchyard replay: --seed takes a whole number',
      'two.yaml has several tenants; choose one with --tenant: acme, other',
      'two.yaml has no tenant none; it has: acme, other',
      'switchyard events: give --config FILE, and nothing but options',
      'switchyard events: acme.yaml has "bus: memory", which does not keep events; set bus.nats to keep them',
      'switchyard events: --since takes a time span such as 90s, 30m, 2h or 1d',
      'switchyard explain: name one CALL_ID',
      'switchyard explain: give either --config FILE or --events FILE',
      'switchyard explain: found no event of this call; a broker keeps a week by default, for older calls use --events FILE',
    ],
  )
  const unknown = await refusal((w) => runReplay(['day', '--tempo', '2'], w))
  t.ok(unknown.startsWith("switchyard replay: Unknown option '--tempo'"))
})
