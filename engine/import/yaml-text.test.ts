import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { type InlineValue, writeYaml } from './yaml-text.ts'

/** Texts that look like values of another type, in YAML 1.1 or 1.2. */
const lookalikes = [
  ...[
    '0',
    '7',
    '007',
    '-1',
    '+1',
    '1.50',
    '1.',
    '.5',
    '1e3',
    '1E+3',
    '1.2e-3',
    'e7',
    '-.inf',
    '.nan',
  ],
  ...['0x1f', '0X1F', '0o17', '0b101', '1_000', '1:30', '12:30:45', '2026-11-02', '2026-1-2'],
  ...[
    '2026-11-02T10:15:00Z',
    'null',
    'Null',
    'NULL',
    '~',
    '',
    'true',
    'True',
    'FALSE',
    'yes',
    'No',
  ],
  ...['on', 'OFF', 'y', 'N', '<<', '=', '-', '?', '---', '...', '[]', '{}', '!tag', '&a', '*a'],
]
const text = fc.oneof(
  fc.constantFrom(...lookalikes),
  fc.stringMatching(/^[\d.+_eExobinaf:T-]{1,8}$/),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ maxLength: 200 }),
)
const plainText = text.filter((value) => !/[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u.test(value))
const key = plainText.filter((value) => value !== '__proto__')
const { value } = fc.letrec<{ value: InlineValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    plainText,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true })
      .filter((map) => !('entries' in map)),
  ),
}))

t.test('text that looks like a value of another type is quoted', async (t) => {
  for (const look of lookalikes) {
    t.equal(writeYaml([{ key: 'k', value: look }]), `k: '${look}'\n`)
  }
  const plain = [
    'sales',
    '90s',
    '5m',
    'fs1.example.org',
    '127.0.0.1',
    'a-1',
    '/var/lib/a.wav',
    '1st',
  ]
  for (const text of plain) {
    t.equal(writeYaml([{ key: 'k', value: text }]), `k: ${text}\n`)
  }
  t.equal(writeYaml([{ key: '7', value: 7 }]), "'7': 7\n")
})

t.test('every value that is written is read back equal, in YAML 1.2 and 1.1', async () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }), (map) => {
      const entries = Object.entries(map).map(([name, one]) => ({ key: name, value: one }))
      const yaml = writeYaml([{ key: 'top', value: { entries } }])
      for (const version of ['1.2', '1.1'] as const) {
        deepStrictEqual(parse(yaml, { version }), { top: map })
      }
    }),
    { numRuns: 1_000 },
  )
})
