import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { AgentId, CallId, QueueId, SkillId } from '../catalogue/ids.ts'
import type { TenantConfig } from '../config/engine-config.ts'
import { parseConfig } from '../config/parse-config.ts'
import type { AgentView, CallView } from '../core/scorer.ts'
import { isSwitchyardError } from '../errors.ts'
import { repositoryFile } from '../rigs/repository-file.ts'
import { loadStrategies } from './load-strategies.ts'
import type { StrategyPorts } from './timed-scorer.ts'

const read = (path: string) => readFileSync(path, 'utf8')

/** The only tenant in a file. */
function tenantOf(path: string): TenantConfig {
  const env = { FREESWITCH_PASSWORD: 'x' }
  const parsed = parseConfig(read(path), { path, env, readFile: read })
  const [tenant] = parsed.ok ? parsed.config.tenants.values() : []
  if (tenant === undefined) {
    throw new Error(JSON.stringify(parsed))
  }
  return tenant
}

/** A tenant `acme` with these strategy plugins, by name, and for each a queue of the same name. */
function tenantWith(t: Test, strategies: Readonly<Record<string, string>>, options = '') {
  const names = Object.keys(strategies)
  const directory = t.testdir({
    ...Object.fromEntries(names.map((name) => [`${name}.mjs`, strategies[name] ?? ''])),
    'switchyard.yaml': [
      'switches: { fs1: { password: { env: FREESWITCH_PASSWORD } } }',
      'tenants:',
      '  acme:',
      '    strategies:',
      ...names.map((name) => `      ${name}: { module: ./${name}.mjs${options} }`),
      '    queues:',
      '      plain: {}',
      ...names.map((name) => `      ${name}: { scorer: { plugin: ${name}, candidates: 3 } }`),
      '',
    ].join('\n'),
  })
  return { directory, tenant: tenantOf(join(directory, 'switchyard.yaml')) }
}

/**
 * A clock on which each reading comes 5 us after the one before, and what was measured to the meter.
 */
function createPorts() {
  let us = 0
  const measured: unknown[] = []
  const ports: StrategyPorts = {
    clock: {
      microseconds() {
        us += 5
        return us
      },
    },
    meter: {
      scored: (...score) => measured.push(score),
    },
  }
  return { ports, measured }
}

const agent: AgentView = {
  agentId: 'ann' as AgentId,
  skills: new Map([['turkish' as SkillId, 4]]),
  level: 1,
  position: 1,
  idleMs: 7,
  talkMs: 0,
  calls: 0,
  occupancy: 0.5,
}
const call: CallView = {
  callId: 'c1' as CallId,
  queueId: 'good' as QueueId,
  priority: 0,
  waitMs: 30,
  step: 2,
}

const scorerOf = (tenant: TenantConfig, queueId: string) =>
  tenant.queues.get(queueId as QueueId)?.settings.scorer

t.test(
  'a queue gets the scorer that it asks for, with its options, and other queues get none',
  async (t) => {
    const { tenant } = tenantWith(
      t,
      {
        good: `export default ({ weight }) => ({
        weight,
        scoreAgent(agent, call) { return agent.idleMs * this.weight + call.waitMs },
      })`,
        both: `export default () => ({
        scoreAgent: () => 1, scoreCall: (call, agent) => call.step + agent.occupancy,
      })`,
      },
      ', options: { weight: 2 }',
    )
    const { ports, measured } = createPorts()
    const loaded = await loadStrategies(tenant, ports)
    t.equal(scorerOf(loaded, 'plain'), undefined)
    t.match(scorerOf(loaded, 'good'), { name: 'good', candidates: 3, scoreCall: undefined })
    t.equal(scorerOf(loaded, 'good')?.scoreAgent?.(agent, call), 44)
    t.equal(scorerOf(loaded, 'both')?.scoreCall?.(call, agent), 2.5)
    t.strictSame(measured, [
      ['acme', 'good', 'good', 5],
      ['acme', 'both', 'both', 5],
    ])
    const { queues: _, ...rest } = loaded
    const { queues: __, ...same } = tenant
    t.strictSame(rest, same)
  },
)

t.test('a factory without options is passed an empty map', async (t) => {
  const { tenant } = tenantWith(t, {
    bare: 'export default ({ bonus = 3 }) => ({ scoreAgent: () => bonus })',
  })
  const loaded = await loadStrategies(tenant, createPorts().ports)
  t.equal(scorerOf(loaded, 'bare')?.scoreAgent?.(agent, call), 3)
})

t.test('what a strategy plugin throws reaches the core, and its cost the meter', async (t) => {
  const { tenant } = tenantWith(t, {
    thrower: 'export default () => ({ scoreCall() { throw new Error("oops") } })',
  })
  const { ports, measured } = createPorts()
  const scorer = scorerOf(await loadStrategies(tenant, ports), 'thrower')
  t.throws(() => scorer?.scoreCall?.(call, agent), { message: 'oops' })
  t.strictSame(measured, [['acme', 'thrower', 'thrower', 5]])
})

t.test(
  'every module that is not a strategy plugin is refused at once, with its place and the cure',
  async (t) => {
    const { directory, tenant } = tenantWith(t, {
      broken: 'export default (',
      bare: 'export const create = () => ({})',
      picky: 'export default () => { throw new TypeError("weight: missing") }',
      rude: 'export default () => { throw "no" }',
      late: 'export default async () => ({ scoreAgent: () => 1 })',
      empty: 'export default () => ({ weight: 1 })',
      nothing: 'export default () => null',
      misspelt: 'export default () => ({ scoreAgents: () => 1, scoreCall: () => 1 })',
      slow: 'export default () => ({ scoreAgent: async () => 1 })',
      constant: 'export default () => ({ scoreCall: 1 })',
      good: 'export default () => ({ scoreCall: () => 1 })',
    })
    const error = await loadStrategies(tenant, createPorts().ports).catch((error: unknown) => error)
    const shape =
      'write export default function create(options) { return { scoreAgent(agent, call) { … } } }'
    t.strictSame(
      isSwitchyardError(error, 'SY_CONFIG_INVALID') &&
        error.message
          .replaceAll(`${directory}/`, '')
          .replaceAll('tenants.acme.strategies.', '')
          .split('\n'),
      [
        'broken.module: broken.mjs cannot be loaded: Unexpected end of input; correct the module',
        `bare.module: bare.mjs has no function as its default export; ${shape}`,
        'picky.options: the module refused them: weight: missing; see its description',
        'rude.options: the module refused them: no; see its description',
        'late.module: late.mjs returns a promise; make its factory synchronous: a strategy cannot wait for anything',
        `empty.module: empty.mjs returns none of scoreAgent, scoreCall; ${shape}`,
        `nothing.module: nothing.mjs returns no strategy; ${shape}`,
        'misspelt.module: misspelt.mjs returns scoreAgents, which is not a hook; known: scoreAgent, scoreCall',
        'slow.module: slow.mjs returns a scoreAgent that is not a synchronous function; let it return a number',
        'constant.module: constant.mjs returns a scoreCall that is not a synchronous function; let it return a number',
      ],
    )
  },
)

t.test('spare-experts keeps the specialists for the calls that need them', async (t) => {
  const path = repositoryFile('examples/city-hotline.yaml')
  const scorer = scorerOf(await loadStrategies(tenantOf(path), createPorts().ports), 'citizens')
  t.match(scorer, { name: 'spare-experts', candidates: 20 })
  const novice = { ...agent, skills: new Map(), occupancy: 1 }
  t.strictSame(
    {
      expert: scorer?.scoreAgent?.(agent, call),
      novice: scorer?.scoreAgent?.(novice, call),
      relaxedForExpert: scorer?.scoreCall?.(call, agent),
      strictForExpert: scorer?.scoreCall?.({ ...call, step: 0 }, agent),
      relaxedForNovice: scorer?.scoreCall?.(call, novice),
    },
    { expert: -4.25, novice: -0.5, relaxedForExpert: -2, strictForExpert: 0, relaxedForNovice: 0 },
  )
})

t.test('spare-experts refuses options it cannot work with', async (t) => {
  const path = repositoryFile('examples/strategies/spare-experts.js')
  const refusalOf = async (options: string) => {
    const { tenant } = tenantWith(t, { spare: read(path) }, options)
    return loadStrategies(tenant, createPorts().ports).catch(({ message }) => message)
  }
  t.equal(
    await refusalOf(''),
    'tenants.acme.strategies.spare.options: the module refused them: spare: name at least one skill, for example [ turkish ]; see its description',
  )
  t.equal(
    await refusalOf(', options: { spare: [ turkish ], occupancy: high }'),
    'tenants.acme.strategies.spare.options: the module refused them: occupancy: expected a number; see its description',
  )
})
