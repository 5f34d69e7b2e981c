import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { parseConfig } from '../config/parse-config.ts'
import { callcenter, element, importText, path, queue, variable } from './fixture.ts'
import { importCallcenter } from './import-callcenter.ts'

const reader = {
  read: (file: string) => readFileSync(file, 'utf8'),
  list: (directory: string) => readdirSync(directory),
}
const golden = 'engine/import/golden'

/** The warnings and faults of a configuration, as `path: message`. */
function checked(yaml: string): readonly string[] {
  const source = { path: '/c.yaml', env: { FREESWITCH_PASSWORD: 'x' }, readFile: () => '' }
  const parsed = parseConfig(yaml, source)
  return (parsed.ok ? parsed.warnings : parsed.faults).map(
    ({ severity, path: at, message }) => `${severity === 'error' ? 'ERROR ' : ''}${at}: ${message}`,
  )
}

for (const name of ['shipped', 'centre']) {
  t.test(`golden: ${name}.xml becomes ${name}.yaml.golden, with its report`, async (t) => {
    const imported = importCallcenter(`${golden}/${name}.xml`, reader, {
      tenant: 'acme',
      variables: new Map(),
    })
    t.equal(imported.ok && imported.yaml, reader.read(`${golden}/${name}.yaml.golden`))
    t.equal(imported.ok && imported.report, reader.read(`${golden}/${name}.report.golden`))
    t.strictSame(
      checked(imported.ok ? imported.yaml : '').filter((line) => line.startsWith('ERROR')),
      [],
    )
    t.notMatch(JSON.stringify(imported), 'hunter2')
  })
}

/** Values as people and machines write them, including odd ones. */
const value = fc.oneof(
  fc.integer({ min: -5, max: 100_000 }).map(String),
  fc.constantFrom('true', 'false', 'yes', '', ' ', 'x', '07', '1e3', 'null', "it's", 'a: b #c'),
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !/[\p{Cc}\p{Cs}\uFFFE\uFFFF$\u2028\u2029]/u.test(text)),
)
const strategy = fc.constantFrom(
  ...['longest-idle-agent', 'round-robin', 'top-down', 'agent-with-least-talk-time'],
  ...['agent-with-fewest-calls', 'sequentially-by-agent-order', 'random', 'ring-all'],
  ...['ring-progressively', 'none of them'],
)
const params = fc.record(
  {
    strategy,
    'moh-sound': value,
    'announce-sound': value,
    'announce-frequency': value,
    'record-template': value,
    'time-base-score': value,
    'ring-progressively-delay': value,
    'tier-rules-apply': value,
    'tier-rule-wait-second': value,
    'tier-rule-wait-multiply-level': value,
    'tier-rule-no-agent-no-wait': value,
    'discard-abandoned-after': value,
    'abandoned-resume-allowed': value,
    'max-wait-time': value,
    'max-wait-time-with-no-agent': value,
    'max-wait-time-with-no-agent-time-reached': value,
    'agent-no-answer-status': fc.oneof(value, fc.constantFrom('Available', 'On Break')),
    'skip-agents-with-external-calls': value,
  },
  { requiredKeys: [] },
)
const name = fc.oneof(
  fc.constantFrom('sales@a', 'sales@b', 'sales', 'Sales', 'sales-a', 'true', '1000', '_', '-', 'ü'),
  fc.tuple(value, fc.constantFrom('', '@default', '@x.org')).map(([left, right]) => left + right),
)
const contact = fc
  .tuple(
    fc.constantFrom(
      '',
      '{a=b}',
      '[leg_timeout=10]',
      `{call_timeout=15,x=${variable('y')}}`,
      "{n='a, b'}",
      '<a=b>',
    ),
    fc.constantFrom(
      'user/1',
      `user/1@${variable('d')}`,
      'loopback/9/default',
      'sofia/gateway/g/+4930',
    ),
  )
  .map((parts) => parts.join(''))
const agents = fc.array(
  fc.record({
    name,
    type: fc.constantFrom('callback', 'Callback', 'uuid-standby', 'x'),
    contact,
    status: fc.oneof(value, fc.constantFrom('Available', 'Logged Out', 'On Break')),
    'max-no-answer': value,
    'wrap-up-time': value,
    'reject-delay-time': value,
    'busy-delay-time': value,
    'no-answer-delay-time': value,
  }),
  { maxLength: 5 },
)
const tier = fc.record({ agent: fc.nat(9), queue: fc.nat(9), level: value, position: value })

t.test('every configuration imports to a valid one with unique ids', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, params), { minLength: 1, maxLength: 5 }),
      agents,
      fc.array(tier, { maxLength: 12 }),
      (queues, staffed, tiers) => {
        const text = callcenter(
          [...queues.map(([id, own]) => queue(own, id)), queue({}, 'last')].join(''),
          staffed.map((agent) => element('agent', agent)).join(''),
          tiers
            .map(({ agent, queue: at, level, position }) =>
              element('tier', {
                agent: staffed[agent % (staffed.length || 1)]?.name ?? 'none',
                queue: queues[at % queues.length]?.[0] ?? 'none',
                level,
                position,
              }),
            )
            .join(''),
        )
        const imported = importText(text)
        if (!imported.ok) {
          throw new Error(imported.faults)
        }
        const faults = checked(imported.yaml).filter((line) => line.startsWith('ERROR'))
        const names = new Set(queues.map(([id]) => id)).add('last')
        names.delete('')
        const ids = [...imported.report.matchAll(/acd_queue=(\S+)$/gm)].map(([, id]) => id)
        return faults.length === 0 && ids.length === names.size && new Set(ids).size === names.size
      },
    ),
    { numRuns: 100 },
  )
  t.pass('also with invalid values')
})

t.test('any text gives a valid configuration, or faults with a cure', async (t) => {
  const piece = fc.constantFrom(
    ...['<queue name="', 'a', '"', '>', '</queue>', '<param name="moh-sound" value="', '"/>', '\n'],
    ...[
      `$${variable('x')}`,
      variable('x'),
      '&',
      '&amp;',
      '&#10;',
      '<!--',
      '-->',
      '<X-PRE-PROCESS cmd="',
      'include',
    ],
    ...[
      '" data="',
      '*.xml',
      'set',
      'x=1',
      '<!DOCTYPE a>',
      ']]>',
      '<agent name="b" type="callback"',
    ],
    ...[' contact="', 'user/1', ',', '{', '}', '[', '/>', '</queues><agents>', '</agents><tiers>'],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const imported = importText(callcenter(pieces.join('')))
      return imported.ok
        ? checked(imported.yaml).every((line) => !line.startsWith('ERROR'))
        : new RegExp(`^(${path}:\\d+: error: .+\n  cure: .+\n)+$`).test(imported.faults)
    }),
    { numRuns: 2_000 },
  )
  t.pass('for any mixture of pieces of XML')
})
