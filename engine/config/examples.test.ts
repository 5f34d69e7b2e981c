import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import type { TenantId } from '../core/ids.ts'
import { configJsonSchema, schemaFileText } from './json-schema.ts'
import { parseConfig } from './parse-config.ts'
import { withReference } from './reference.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const examples = readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.yaml'))

const source = {
  env: { FREESWITCH_PASSWORD: 'x', NATS_PASSWORD: 'x' },
  readFile: () => 'x',
}

function load(name: string) {
  const path = `examples/${name}`
  return parseConfig(read(path), { ...source, path })
}

t.test('every example is a configuration without a fault or a warning', async (t) => {
  t.strictSame(examples, ['outsourced-centre.yaml', 'regional-lines.yaml', 'small-office.yaml'])
  for (const name of examples) {
    const parsed = load(name)
    t.strictSame(parsed.ok ? parsed.warnings : parsed.faults, [], name)
    t.match(
      read(`examples/${name}`),
      /^# yaml-language-server: \$schema=\.\.\/schema\/switchyard\.schema\.json\n/,
    )
  }
})

t.test('the regional lines send their numbers and their overflow where they should', async (t) => {
  const parsed = load('regional-lines.yaml')
  const tenant = parsed.ok ? parsed.config.tenants.get('energy' as TenantId) : undefined
  t.strictSame(
    ['112233', '0401234', '0711222', '030999'].map((number) => tenant?.findQueue(number)),
    ['emergency', 'north', 'south', 'federal'],
  )
  t.strictSame(
    [...(tenant?.queues.values() ?? [])].map(({ overflow }) => overflow),
    [
      { maxWait: { type: 'queue', queueId: 'federal' } },
      { maxWait: { type: 'queue', queueId: 'federal' } },
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
