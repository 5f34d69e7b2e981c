import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import type { TenantId } from '../catalogue/ids.ts'
import { optionFaults } from '../plugin/definition.ts'
import { loadConfigured } from '../plugin/load-plugins.ts'
import { repositoryFile } from '../rigs/repository-file.ts'
import { configJsonSchema, type JsonSchema, schemaFileText } from './json-schema.ts'
import { parseConfig } from './parse-config.ts'
import { withReference } from './reference.ts'

const read = (path: string) => readFileSync(repositoryFile(path), 'utf8')
const examples = readdirSync(repositoryFile('examples')).filter((name) => name.endsWith('.yaml'))

const source = {
  env: { FREESWITCH_PASSWORD: 'x', NATS_PASSWORD: 'x' },
  readFile: () => 'x',
}

function load(name: string) {
  const path = `examples/${name}`
  return parseConfig(read(path), { ...source, path })
}

t.test('every example is a configuration without a fault or a warning', async (t) => {
  t.strictSame(examples, [
    'city-hotline.yaml',
    'hotline-with-plugins.yaml',
    'outsourced-centre.yaml',
    'regional-lines.yaml',
    'small-office.yaml',
  ])
  for (const name of examples) {
    const parsed = load(name)
    t.strictSame(parsed.ok ? parsed.warnings : parsed.faults, [], name)
    t.match(
      read(`examples/${name}`),
      /^# yaml-language-server: \$schema=\.\.\/schema\/switchyard\.schema\.json\n/,
    )
  }
})

t.test('the plugins of an example take their options, and say numbers in one way', async (t) => {
  for (const name of examples) {
    const parsed = load(name)
    for (const { plugins } of parsed.ok ? parsed.config.tenants.values() : []) {
      for (const [plugin, { module, options }] of plugins) {
        t.strictSame(optionFaults(await loadConfigured(plugin, module), options), [], plugin)
      }
    }
  }
  const parsed = load('hotline-with-plugins.yaml')
  const plugins = parsed.ok ? parsed.config.tenants.get('acme' as TenantId)?.plugins : undefined
  t.strictSame(
    [...(plugins?.values() ?? [])].map(({ options, credentials }) => [
      (options as { readonly numbers: unknown }).numbers,
      credentials?.type,
    ]),
    Array(3).fill([
      { countryCode: '49', nationalPrefix: '0', internationalPrefix: '00' },
      'password',
    ]),
  )
})

t.test('the regional lines send their numbers and their overflow where they should', async (t) => {
  const parsed = load('regional-lines.yaml')
  const tenant = parsed.ok ? parsed.config.tenants.get('energy' as TenantId) : undefined
  t.strictSame(
    ['112233', '0401234', '0711222', '030999'].map((number) => tenant?.findRoute(number)),
    ['emergency', 'north', 'south', 'federal'].map((queueId) => ({ type: 'queue', queueId })),
  )
  const toFederal = { type: 'queue', queueId: 'federal' }
  t.strictSame(
    [...(tenant?.queues.values() ?? [])].map(({ overflow }) => overflow),
    [
      { maxWait: toFederal, unstaffed: toFederal },
      { maxWait: toFederal, unstaffed: toFederal },
      {},
      {
        maxWait: {
          type: 'transfer',
          extension: 'callback-message',
          dialplan: 'XML',
          context: 'energy',
        },
      },
    ],
  )
})

t.test('the JSON Schema accepts the examples as an editor reads them', async (t) => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0])
  for (const name of examples) {
    const judged = schema.safeParse(parseYaml(read(`examples/${name}`)))
    t.strictSame(judged.error?.issues ?? [], [], name)
  }
  const wrong = parseYaml(
    read('examples/small-office.yaml').replace('ringTime: 15s', 'ringTime: 15'),
  )
  t.equal(schema.safeParse(wrong).success, false)
})

t.test('schema and reference are what npm run docs makes of the schema', async (t) => {
  t.equal(read('schema/switchyard.schema.json'), schemaFileText())
  const page = read('docs/configuration.md')
  t.equal(page, withReference(page))
  t.match(page, '`ringTime`')
})

t.test('the example in the documentation is right', async (t) => {
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(read('docs/configuration.md')) ?? []
  const parsed = parseConfig(example, { ...source, path: 'docs/configuration.md' })
  t.strictSame(parsed.ok ? parsed.warnings : parsed.faults, [])
})

t.test('the city hotline uses every key that shapes the distribution of calls', async (t) => {
  const { tenants } = parseYaml(read('examples/city-hotline.yaml'))
  const { queues, agents, agentDefaults, ...tenant } = tenants.city
  const used = (maps: readonly object[]) => new Set(maps.flatMap((map) => Object.keys(map)))
  const people: { queues?: unknown[] }[] = [agentDefaults, ...Object.values<object>(agents)]
  const members = people.flatMap((person) => person.queues ?? [])
  const schema = configJsonSchema().properties?.['tenants']?.additionalProperties
  const keysOf = (part: JsonSchema | false | undefined) =>
    Object.keys((part === false ? undefined : part)?.properties ?? {})
  const tenantSchema = schema === false ? undefined : schema?.properties
  const notOf = (keys: readonly string[], present: ReadonlySet<string>) =>
    keys.filter((key) => !present.has(key))
  t.strictSame(
    {
      tenant: notOf(keysOf(schema), used([tenant, { queues, agents, agentDefaults }])),
      queues: notOf(
        keysOf(tenantSchema?.['queues']?.additionalProperties),
        used(Object.values<object>(queues)),
      ),
      agents: notOf(keysOf(tenantSchema?.['agents']?.additionalProperties), used(people)),
      members: notOf(
        ['queue', 'level', 'position', 'preference', 'wrapUp'],
        used(members.filter((member) => typeof member === 'object') as object[]),
      ),
    },
    {
      tenant: ['plugins'],
      queues: ['music', 'ringback'],
      agents: ['description', 'breakReason', 'rest'],
      members: [],
    },
  )
})
