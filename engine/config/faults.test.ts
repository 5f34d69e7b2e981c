import fc from 'fast-check'
import t from 'tap'
import { formatFaults } from '../yaml/fault.ts'
import { faultsOf, inTenant, parse, told } from './fixture.ts'

t.test('every fault is named at once, with its place and its cure', async (t) => {
  t.strictSame(
    told(
      [
        'log: inof',
        'ops: { port: 99999, hots: x }',
        'switches:',
        '  fs1: { port: 0x10, password: { env: PASSWORD } }',
        '  fs2: {}',
        'tenants:',
        '  acme:',
        '    queues:',
        '      sales:',
        '        ringTime: 20',
        '        strategy: longestIddle',
        '        requires: { english: 6 }',
        '        whenMaxWait: { queue: suport }',
        '      support:',
        '        maxWait: 25h',
        '        whenMaxWait: { queue: sales, hangup: BUSY }',
        '      sales: {}',
        '      über: {}',
        '    agents:',
        '      ann: { dial: user/1, queues: [ salse ], skills: [ a ] }',
        '      bob: { dial: 1001, queues: [ sales, support ] }',
        '      cid: { queues: sales }',
        '    routes:',
        "      - { number: '1000', queue: sales }",
        '      - { number: 1000, queue: nope }',
        '      - { number: 10 00 }',
        '  empty:',
        '',
      ].join('\n'),
    ),
    [
      '1:6 log: "inof" is not a log level | did you mean info? (known: debug, info, warn, error, silent)',
      '2:14 ops.port: "99999" is not a whole number from 0 to 65535 | for example 9090',
      '2:21 ops.hots: unknown key "hots" | did you mean host? (known: host, port)',
      '4:16 switches.fs1.port: "0x10" is not a whole number from 1 to 65535 | for example 8021',
      '5:3 switches.fs2.password: is missing | add it, for example { env: NAME } or { file: PATH }',
      '10:19 tenants.acme.queues.sales.ringTime: "20" is not a duration from 1s to 24h | for example 20s (units: ms, s, m, h)',
      '11:19 tenants.acme.queues.sales.strategy: "longestIddle" is not a strategy | did you mean longestIdle? (known: longestIdle, leastTalkTime, fewestCalls, leastOccupied, roundRobin, topDown, agentOrder, random, bestSkill, ringAll, ringProgressively)',
      '12:30 tenants.acme.queues.sales.requires.english: "6" is not a whole number from 1 to 5 | for example 3',
      '13:9 tenants.acme.queues.sales.whenMaxWait: never happens: this queue has no maxWait | add maxWait, for example maxWait: 5m, or remove whenMaxWait',
      '13:31 tenants.acme.queues.sales.whenMaxWait.queue: no queue "suport" in this tenant | did you mean support? (known: sales, support, über)',
      '15:18 tenants.acme.queues.support.maxWait: "25h" is not a duration from 1s to 24h | for example 5m (units: ms, s, m, h)',
      '16:9 tenants.acme.queues.support.whenMaxWait: needs exactly one of: queue, flow, transfer, hangup | for example whenMaxWait: { queue: other }',
      '16:46 tenants.acme.queues.support.whenMaxWait.hangup: "BUSY" is not a hang-up cause | 20 are known',
      '17:7 tenants.acme.queues.sales: this key appears twice | remove one of the two, or rename it',
      '18:7 tenants.acme.queues.über: not a usable name for a queue | use up to 64 letters A-Z, digits, _ and -, beginning with a letter or digit; put the name for people in description',
      '? 18:7 tenants.acme.queues.über: no agent serves this queue, so its callers wait in vain | add über to the queues of an agent',
      '20:38 tenants.acme.agents.ann.queues[0]: no queue "salse" in this tenant | did you mean sales? (known: sales, support, über)',
      '20:47 tenants.acme.agents.ann.skills: expected a map of names | for example skills: { english: 5 }',
      '21:20 tenants.acme.agents.bob.dial: "1001" is not a dial string for one phone | for example user/1001@example.org',
      '22:7 tenants.acme.agents.cid.dial: is missing | add it, for example user/1001@example.org',
      '? 22:7 tenants.acme.agents.cid: this agent serves no queue | add queues: [ … ], here or in agentDefaults',
      '22:22 tenants.acme.agents.cid.queues: expected a list | for example queues: [ sales ]',
      '25:19 tenants.acme.routes[1].number: "1000" is already routed by tenants.acme.routes[0] | remove one of the two routes',
      '25:32 tenants.acme.routes[1].queue: no queue "nope" in this tenant | known: sales, support, über',
      '26:9 tenants.acme.routes[2]: needs either a queue or a flow | for example queue: sales',
      "26:19 tenants.acme.routes[2].number: \"10 00\" is not a number, or its beginning and * | for example '1000' or '+49*'",
      '27:9 tenants.empty: expected a map of keys | for example acme: { queues: { sales: {} } }',
    ],
  )
})

t.test('what has no effect or leads nowhere is a warning and the file still runs', async (t) => {
  const text = inTenant(
    'queues:',
    '  sales: { requires: { english: 3 } }',
    '  empty: {}',
    'agents:',
    '  ann: { dial: user/1, queues: [ sales ], skills: { english: 2 } }',
    '  bob: { dial: user/1, breakReason: lunch }',
  )
  t.ok(parse(text).ok)
  t.strictSame(told(`outbox: { directory: /tmp }\n${text}`), [
    '? 1:1 outbox: has no effect: the memory bus is always there | remove it, or name the NATS servers under bus',
    '? 6:16 tenants.acme.queues.sales.requires: no agent of this queue has all of these skills, so its callers wait in vain | lower the levels, or give an agent the skills',
    '? 7:7 tenants.acme.queues.empty: no agent serves this queue, so its callers wait in vain | add empty to the queues of an agent',
    '? 10:7 tenants.acme.agents.bob: this agent serves no queue | add queues: [ … ], here or in agentDefaults',
    '? 10:20 tenants.acme.agents.bob.dial: the same phone as tenants.acme.agents.ann: both may be offered a call at the same time | give each agent a phone, or let only one of them be available at a time',
    '? 10:28 tenants.acme.agents.bob.breakReason: has no effect: the status is not onBreak | add status: onBreak, or remove breakReason',
  ])
})

t.test('queues that overflow in a circle are refused once, however long the circle', async (t) => {
  const overflowing = (...pairs: readonly string[]) =>
    told(
      inTenant(
        'agents: { ann: { dial: user/1, queues: [ a, b, c, d ] } }',
        'queues:',
        ...pairs.map((pair) => `  ${pair[0]}: { maxWait: 1m, whenMaxWait: { queue: ${pair[1]} } }`),
        '  d: {}',
      ),
    )
  t.strictSame(overflowing('aa', 'bd', 'cd'), [
    '6:47 tenants.acme.queues.a.whenMaxWait.queue: callers would go around forever: a → a | let one of these queues transfer or hang up instead',
  ])
  t.strictSame(overflowing('ab', 'bc', 'cb'), [
    '7:47 tenants.acme.queues.b.whenMaxWait.queue: callers would go around forever: b → c → b | let one of these queues transfer or hang up instead',
  ])
  t.strictSame(overflowing('ab', 'bc', 'cd'), [])
})

t.test('broken YAML is named at its place, in our own words', async (t) => {
  const broken: Readonly<Record<string, string>> = {
    tab: 'a:\n\tb: 1\n',
    'open bracket': 'a: [1, 2\nb: 3\n',
    'reserved character': 'a: @x\n',
    'two colons': 'a: b: c\n',
    escape: 'a: "\\q"\n',
    'two documents': 'a: 1\n---\nb: 2\n',
    directive: '%FOO\n---\na: 1\n',
    tag: 'log: !foo info\n',
    alias: 'log: *foo\n',
    'open quote': 'a: "x\n',
    'a list for a map': '- a\n',
    'a text for a map': 'x',
    'a list as a key': '? [ a ]\n: b\n',
    prototype: '__proto__: { a: b }\n',
    'a merge key': 'ops: &o { port: 1 }\nlog: info\n<<: *o\n',
  }
  t.strictSame(
    Object.fromEntries(
      Object.entries(broken).map(([name, text]) => [
        name,
        told(text).find((line) => !line.includes('is missing | add it')),
      ]),
    ),
    {
      tab: '2:1 : a tab in the indentation | indent with spaces: YAML does not allow tabs there',
      'open bracket':
        '2:1 : the indentation matches nothing above it | align it with the lines around it, and close any [ or { before it',
      'reserved character':
        "1:4 : a value cannot start with this character | put the value in 'quotes'",
      'two colons':
        '1:4 : a map inside a map on one line | put the value in \'quotes\' if it contains ": ", or start a new line',
      escape:
        "1:5 : not an escape sequence in double-quoted text | double the backslash, or use 'single quotes'",
      'two documents': '2:1 : a second document | remove the line ---: a file holds one document',
      directive: '1:1 : not a YAML directive | remove the line that starts with %',
      tag: "1:6 : a tag, or a value that starts with ! | remove the tag, or put the value in 'quotes'",
      alias:
        '1:6 log: this alias has no anchor above it | define the anchor (&name) before the alias (*name), or quote the value',
      'open quote':
        '2:1 : a closing quote, a comma, a bracket or a space is missing | look at this line and the one before it',
      'a list for a map': '1:1 : expected a map of keys | for example tenants: …, switches: …',
      'a text for a map': '1:1 : expected a map of keys | for example tenants: …, switches: …',
      'a list as a key': '1:3 : this key is not a plain name | write the key as plain text',
      prototype: '1:1 : this key is not a plain name | write the key as plain text',
      'a merge key':
        '3:1 <<: merge keys are not supported | repeat the value, or use an alias (*name) for the whole of it',
    },
  )
})

t.test('nesting without end is a fault', async (t) => {
  for (const text of [
    '['.repeat(5_000),
    'log: &a [ *a ]\n',
    `log: ${'[ '.repeat(60)}${'] '.repeat(60)}`,
  ]) {
    t.ok(faultsOf(text).some(({ message }) => message.startsWith('the file is nested too deeply')))
  }
})

t.test('faults print as a compiler prints them', async (t) => {
  const text =
    'switches: { fs1: { password: { env: PASSWORD }, prot: 1 } }\ntenants:\n  a: \t5 # \r\n'
  t.strictSame(formatFaults(faultsOf(text), { path: 'my.yaml', text }).split('\n'), [
    'my.yaml:1:49: error: switches.fs1.prot: unknown key "prot"',
    '  1 | switches: { fs1: { password: { env: PASSWORD }, prot: 1 } }',
    '    |                                                 ^',
    '  cure: did you mean port? (known: type, host, port, password, commandTimeout)',
    '',
    'my.yaml:3:7: error: tenants.a: expected a map of keys',
    '  3 |   a: \t5 # ',
    '    |      \t^',
    '  cure: for example acme: { queues: { sales: {} } }',
    '',
  ])
})

t.test('a byte order mark and CR LF move no fault', async (t) => {
  const text = '\uFEFFlog: inof\r\nops: { port: x }\r\n'
  t.strictSame(
    told(text).filter((line) => !line.includes('is missing')),
    told(text.slice(1).replaceAll('\r', '')).filter((line) => !line.includes('is missing')),
  )
  t.match(
    formatFaults(faultsOf(text), { path: 'f', text }),
    /f:1:6: .*\n {2}1 \| log: inof\n {4}\| {6}\^\n/,
  )
})

t.test('no text whatever makes the reader throw', async (t) => {
  const pieces = fc.constantFrom(
    'tenants',
    'switches',
    'queues',
    'agents',
    'a',
    ': ',
    ':\n',
    '\n  ',
    '\n    ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '&a ',
    '*a',
    '"',
    "'",
    '|\n',
    '!x ',
    '<<',
    '\t',
    '#',
    '1',
    'é',
    '\0',
    '__proto__',
    '? ',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join('')
      const faults = faultsOf(text)
      return formatFaults(faults, { path: 'f', text }).length > 0 && !parse(text).ok
    }),
  )
  t.pass('for any mixture of what YAML is made of')
})

t.test('a plugin has a name that subjects can carry, and no user without a broker', async (t) => {
  t.strictSame(
    told(
      inTenant(
        'queues: { q: { joinUnstaffed: true } }',
        'plugins:',
        '  Callback: {}',
        '  survey: { option: {} }',
        '  skill: { credentials: { token: { env: PASSWORD } } }',
      ),
    ).filter((fault) => fault.includes('plugins')),
    [
      '6:7 tenants.acme.plugins.Callback: not a usable name for a plugin | use lower-case words joined by -, as in its definition',
      '7:17 tenants.acme.plugins.survey.option: unknown key "option" | did you mean options? (known: module, options, credentials)',
      '? 8:16 tenants.acme.plugins.skill.credentials: has no effect: with the memory bus plugins run inside the engine | remove it, or name the NATS servers under bus',
    ],
  )
})

t.test('a switch is of a type that there is', async (t) => {
  const faults = told(
    'switches: { fs1: { type: freeswich, password: { env: PASSWORD } } }\ntenants: { a: { queues: { q: {} }, agents: { x: { dial: user/1, queues: [ q ] } } } }\n',
  )
  t.strictSame(faults, [
    '1:26 switches.fs1.type: "freeswich" is not a type of switch | did you mean freeswitch? (known: freeswitch)',
  ])
})
