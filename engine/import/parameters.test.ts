import { readFileSync } from 'node:fs'
import t from 'tap'
import { callcenter, element, importText, queue, variable } from './fixture.ts'

/** The lines of the only queue, without those that all queues have. */
function queueOf(params: Readonly<Record<string, string>>, agents = '', tiers = ''): string[] {
  const imported = importText(callcenter(queue(params), agents, tiers))
  const [, lines = ''] =
    /\n {6}sales:\n(.*?)\n {4}agentDefaults:/s.exec(imported.ok ? imported.yaml : '') ?? []
  return lines
    .split('\n')
    .map((line) => line.slice(8))
    .filter((line) => !['strategy: longestIdle', 'ringTime: 1m', 'music: m', '# '].includes(line))
    .filter((line) => !line.startsWith('#'))
}

/** The remarks about the only queue or agent, as `kind: message`. */
function remarksOf(text: string): string[] {
  const imported = importText(text)
  if (!imported.ok) {
    return imported.faults.split('\n').filter((line) => line !== '')
  }
  let title = ''
  const remarks: string[] = []
  for (const line of imported.report.split('\n')) {
    title = /^\w/.test(line) ? line : title
    if (line.startsWith('  - ') && !/^(Always|In the|Agents)/.test(title)) {
      remarks.push(`${title.split(' ', 1)[0]}: ${line.slice(4)}`)
    }
  }
  return remarks.filter((line) => !line.includes('callcenter_config'))
}

const music = { 'moh-sound': 'm' }

t.test('every strategy has a counterpart', async (t) => {
  const of = (strategy: string) => queueOf({ ...music, strategy })
  t.strictSame(of('longest-idle-agent'), [])
  t.strictSame(of('Round-Robin'), ['strategy: roundRobin'])
  t.strictSame(of('top-down'), ['strategy: topDown'])
  t.strictSame(of('agent-with-least-talk-time'), ['strategy: leastTalkTime'])
  t.strictSame(of('agent-with-fewest-calls'), ['strategy: fewestCalls'])
  t.strictSame(of('sequentially-by-agent-order'), ['strategy: topDown'])
  t.strictSame(of('random'), ['strategy: random'])
  t.strictSame(of('ring-all'), ['strategy: ringAll', 'ringAtMost: 100'])
  t.strictSame(of('ring-progressively'), [
    'strategy: ringProgressively',
    'ringAtMost: 100',
    'ringStep: 10s',
  ])
  t.strictSame(of('constructor'), ['strategy: topDown'])
  t.strictSame(queueOf(music), [])
  const progressive = { ...music, strategy: 'ring-progressively' }
  const delayed = (seconds: string) =>
    queueOf({ ...progressive, 'ring-progressively-delay': seconds }).at(-1)
  t.strictSame(
    [delayed('3'), delayed('0'), delayed('x')],
    ['ringStep: 3s', 'ringStep: 10s', 'ringStep: 10s'],
  )
  t.strictSame(remarksOf(callcenter(queue({ ...music, strategy: 'round-robin' }))), [
    'Carried: round-robin asks the agent whose last turn, in any queue, is longest ago; positions do not matter',
  ])
  t.strictSame(remarksOf(callcenter(queue({ ...music, strategy: 'wild' }))), [
    'Carried: unknown strategy "wild": topDown, since mod_callcenter falls back to the order of positions',
  ])
})

t.test('callers hear what they heard before, even silence', async (t) => {
  t.strictSame(queueOf({}), ['music: silence'])
  t.strictSame(queueOf({ 'moh-sound': ' ' }), ['music: silence'])
  t.strictSame(queueOf({ 'moh-sound': "it's: a file.wav" }), ["music: 'it''s: a file.wav'"])
  t.strictSame(queueOf({ 'moh-sound': variable('sound') }), [
    `music: '${variable('sound')}'`,
    "ringback: 'tone_stream://%(1000,4000,425);loops=-1'",
  ])
  const announced = { ...music, 'announce-sound': 'a b.wav', 'announce-frequency': '90' }
  t.strictSame(queueOf(announced), [
    "actions: [ { name: announcement, after: 90s, every: 90s, data: { sound: 'a b.wav' } } ]",
  ])
  t.match(remarksOf(callcenter(queue(announced))), [/^Carried: announce-sound becomes an event/])
  for (const half of [
    { 'announce-sound': 'a.wav' },
    { 'announce-frequency': '5' },
    { 'announce-sound': 'a.wav', 'announce-frequency': '0' },
  ]) {
    t.strictSame(queueOf({ ...music, ...half }), [])
    t.match(remarksOf(callcenter(queue({ ...music, ...half }))), [/^Not: announce-sound and/])
  }
})

t.test('wait limits keep their times, and the report tells what follows them', async (t) => {
  const wait = { ...music, 'max-wait-time': '300' }
  t.strictSame(queueOf(wait), ['maxWait: 5m'])
  t.match(remarksOf(callcenter(queue(wait))), [
    /^Carried: max-wait-time: mod_callcenter.*the engine hangs it up$/,
  ])
  const unstaffed = { ...music, 'max-wait-time-with-no-agent': '60' }
  t.strictSame(queueOf(unstaffed), ['unstaffed: { leaveAfter: 65s }'])
  const reached = { 'max-wait-time-with-no-agent-time-reached': '0' }
  t.strictSame(queueOf({ ...unstaffed, ...reached }), ['unstaffed: { leaveAfter: 1m }'])
  t.strictSame(queueOf({ ...music, ...reached }), [])
  const most = { ...music, 'max-wait-time': '86400', 'max-wait-time-with-no-agent': '86400' }
  t.strictSame(queueOf(most), ['maxWait: 24h', 'unstaffed: { leaveAfter: 24h }'])
})

t.test('parameters without an equivalent are reported', async (t) => {
  const remarks = (params: Readonly<Record<string, string>>) =>
    remarksOf(callcenter(queue({ ...music, ...params })))
  t.strictSame(
    remarks({ 'record-template': `$${variable('recordings_dir')}/${variable('uuid')}.wav` }),
    ['No: record-template: the engine does not record'],
  )
  t.strictSame(remarks({ 'record-template': '' }), [])
  t.strictSame(remarks({ 'time-base-score': 'queue' }), [])
  t.match(remarks({ 'time-base-score': 'System' }), [/^No: time-base-score/])
  t.match(remarks({ 'time-base-score': 'moon' }), [/^Worth: time-base-score: neither/])
  t.match(remarks({ 'abandoned-resume-allowed': 'true' }), [/^No: abandoned-resume-allowed/])
  t.strictSame(remarks({ 'abandoned-resume-allowed': 'false' }), [])
  t.match(remarks({ 'discard-abandoned-after': '60' }), [/^Not: discard-abandoned-after/])
  t.match(remarks({ 'skip-agents-with-external-calls': 'true' }), [/^No: skip-agents/])
  t.strictSame(remarks({ 'skip-agents-with-external-calls': 'false' }), [])
  t.match(remarks({ 'agent-no-answer-status': 'Logged Out' }), [/^Carried: agent-no-answer-status/])
  t.strictSame(remarks({ 'agent-no-answer-status': 'On Break' }), [])
  t.strictSame(remarks({ 'Agent-No-Answer-Status': 'Available' }), [])
  t.match(remarks({ stratagy: 'random' }), [
    /^Worth: left out: mod_callcenter has no parameter "stratagy"/,
  ])
  t.match(remarks({ 'max-wait-time': '-1' }), [
    /^Worth: max-wait-time: invalid value "-1"; using 0, as mod_callcenter does/,
  ])
  t.match(remarks({ 'tier-rules-apply': 'perhaps' }), [
    /^Worth: tier-rules-apply: invalid value "perhaps"/,
  ])
})

const staff = ['a', 'b', 'c'].map((name) =>
  element('agent', { name, type: 'callback', contact: `user/${name}` }),
)

/** The tiers of a queue with agents at these levels, and the levels after the import. */
function tiersOf(params: Readonly<Record<string, string>>, levels: readonly string[]) {
  const tiers = levels.map((level, index) =>
    element('tier', { agent: 'abc'[index] ?? '', queue: 'sales', level }),
  )
  const imported = importText(
    callcenter(queue({ ...music, ...params }), staff.join(''), tiers.join('')),
  )
  const yaml = imported.ok ? imported.yaml : ''
  return [
    /tiers: (.*)/.exec(yaml)?.[1],
    ...[...yaml.matchAll(/queues: \[ (.*) \]/g)].map(
      ([, place = '']) => /level: (\d+)/.exec(place)?.[1] ?? '1',
    ),
  ]
}

t.test('each level opens when mod_callcenter would open it', async (t) => {
  const rules = { 'tier-rules-apply': 'true', 'tier-rule-wait-second': '30' }
  const multiplied = { ...rules, 'tier-rule-wait-multiply-level': 'true' }
  const waiting = { 'tier-rule-no-agent-no-wait': 'false' }
  t.strictSame(tiersOf({}, ['1', '1']), [undefined, '1', '1'])
  t.strictSame(tiersOf({ 'tier-rule-wait-second': '30' }, ['1', '3']), [
    '{ openAfter: 0s }',
    '1',
    '3',
  ])
  t.strictSame(tiersOf({ 'tier-rules-apply': 'true' }, ['1', '3']), ['{ openAfter: 0s }', '1', '3'])
  t.strictSame(
    tiersOf(multiplied, ['1', '3', '0']),
    ['{ openAfter: 30s, skipUnstaffed: true }', '2', '4', '1'],
    'level n opens after n times the wait there, after n - 1 times here',
  )
  t.strictSame(tiersOf({ ...multiplied, ...waiting }, ['1', '2']), [
    '{ openAfter: 30s, skipUnstaffed: false }',
    '2',
    '3',
  ])
  t.strictSame(tiersOf(rules, ['2', '5', '9']), [
    '{ openAfter: 30s, skipUnstaffed: true }',
    '1',
    '2',
    '2',
  ])
  t.strictSame(tiersOf({ ...rules, ...waiting }, ['1', '2', '0']), [
    '{ openAfter: 30s, skipUnstaffed: false }',
    '2',
    '2',
    '1',
  ])
  t.strictSame(tiersOf(multiplied, ['500', '98', '-4']), [
    '{ openAfter: 30s, skipUnstaffed: true }',
    '99',
    '99',
    '1',
  ])
  t.strictSame(tiersOf({}, ['500', '7', '7']), ['{ openAfter: 0s }', '2', '1', '1'], 'renumbered')
})

/** The agent's lines, and the remarks. */
function agentOf(attributes: Readonly<Record<string, string>>, params = {}, settings = '') {
  const agent = element('agent', {
    name: 'ann',
    type: 'callback',
    contact: 'user/1',
    ...attributes,
  })
  const tier = element('tier', { agent: 'ann', queue: 'sales' })
  const text = callcenter(queue({ ...music, ...params }), agent, tier, settings)
  const imported = importText(text)
  const yaml = imported.ok ? imported.yaml : ''
  const [, lines = ''] = /\n {6}ann:\n(.*)/s.exec(yaml) ?? []
  return {
    lines: lines
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !['', 'dial: user/1', 'queues: [ sales ]'].includes(line)),
    ring: /ringTime: (.*)/.exec(yaml)?.[1],
    remarks: remarksOf(text),
  }
}

t.test('an agent lists only what differs from mod_callcenter’s defaults', async (t) => {
  t.strictSame(agentOf({}), { lines: [], ring: '1m', remarks: [] })
  t.strictSame(
    agentOf({
      status: 'available',
      'max-no-answer': '3',
      'wrap-up-time': '20',
      'busy-delay-time': '60',
      'reject-delay-time': '1',
      'no-answer-delay-time': '90',
    }).lines,
    ['status: available', 'maxMisses: 3', 'wrapUp: 20s', 'rest: { busy: 1m, noAnswer: 90s }'],
  )
  t.strictSame(agentOf({ status: 'Logged Out' }).lines, [])
  t.strictSame(agentOf({ status: 'On Break' }).lines, ['status: onBreak'])
  t.match(agentOf({ status: 'Available (On Demand)' }), {
    lines: ['status: available'],
    remarks: [/^Carried: status Available \(On Demand\)/],
  })
  t.match(agentOf({ status: 'Lunch' }), { lines: [], remarks: [/^Worth: unknown status "Lunch"/] })
  t.match(agentOf({ 'max-no-answer': '101' }), { lines: ['maxMisses: 100'], remarks: [/^Carried/] })
  t.strictSame(
    agentOf({ 'max-no-answer': '3' }, { 'agent-no-answer-status': 'Available' }).lines,
    [],
  )
  t.match(agentOf({ 'wrap-up-time': '12 s' }), {
    lines: ['wrapUp: 12s'],
    remarks: [/^Worth: wrap-up-time: "12 s" is read as 12/],
  })
  t.strictSame(agentOf({ 'wrap-up-time': '-3' }).lines, [])
  t.match(agentOf({ colour: 'red' }).remarks, [
    /^Worth: left out: an agent has no attribute "colour"/,
  ])
})

t.test('phones ring as long as before', async (t) => {
  const timeout = '<param name="agent-originate-timeout" value="25"/>'
  t.equal(agentOf({}, {}, timeout).ring, '25s')
  t.strictSame(agentOf({ contact: '[leg_timeout=10]user/1' }, {}, timeout), {
    lines: ["dial: '{leg_timeout=10}user/1'"],
    ring: '10s',
    remarks: [],
  })
  t.equal(agentOf({ contact: '{leg_timeout=90}user/1' }, {}, timeout).ring, '25s')
})

t.test('agents that mod_callcenter would not dial are left out and reported', async (t) => {
  for (const [attributes, remarks] of [
    [{ type: 'uuid-standby' }, /^No: left out: type uuid-standby/],
    [{ type: 'robot' }, /^Worth: left out: unknown type "robot"/],
  ] as const) {
    const agent = element('agent', { name: 'ann', ...attributes })
    const tier = element('tier', { agent: 'ann', queue: 'sales' })
    const text = callcenter(queue(music), agent, tier)
    const imported = importText(text)
    t.match(imported.ok && imported.yaml, /# left out: ann\n {4}agents: \{\}/)
    t.match(remarksOf(text), [remarks])
  }
})

t.test('of two with the same name, the one that mod_callcenter reads is kept', async (t) => {
  const text = callcenter(
    queue({ ...music, strategy: 'random' }) + queue({ ...music, strategy: 'ring-all' }),
    element('agent', { name: 'a', type: 'callback', contact: 'user/1' }) +
      element('agent', { name: 'a', type: 'callback', contact: 'user/2' }),
    element('tier', { agent: 'a', queue: 'sales', position: '2' }) +
      element('tier', { agent: 'a', queue: 'sales', position: '3' }),
    '</settings><settings><param name="debug" value="1"/>',
  )
  const imported = importText(text)
  const yaml = imported.ok ? imported.yaml : ''
  t.match(yaml, /strategy: random/)
  t.notMatch(yaml, /ringAll|user\/2/)
  t.match(yaml, /queues: \[ \{ queue: sales, level: 1, position: 3 \} \]/)
  t.strictSame(remarksOf(text), [
    'Worth: a second one of this name: mod_callcenter reads only the first',
    'Worth: a second <settings>: mod_callcenter reads only the first',
    'Worth: a second one: mod_callcenter uses the last',
  ])
  const twice = `<queue name="q"><param name="strategy" value="random"/><param name="Strategy" value="top-down"/></queue>`
  const first = importText(callcenter(twice))
  t.match(first.ok && first.yaml, 'strategy: random')
})

t.test('the documentation has a row for every parameter of mod_callcenter', async (t) => {
  const page = readFileSync('docs/import-callcenter.md', 'utf8')
  const first = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ', 1)[0] ?? '')
    .join('\n')
  // The switch_xml_config items and attributes in mod_callcenter.c.
  const names = `debug dbname odbc-dsn reserve-agents truncate-tiers-on-load truncate-agents-on-load
    global-database-lock cc-instance-id agent-originate-timeout
    strategy moh-sound announce-sound announce-frequency record-template time-base-score
    ring-progressively-delay tier-rules-apply tier-rule-wait-second tier-rule-wait-multiply-level
    tier-rule-no-agent-no-wait discard-abandoned-after abandoned-resume-allowed max-wait-time
    max-wait-time-with-no-agent max-wait-time-with-no-agent-time-reached agent-no-answer-status
    skip-agents-with-external-calls
    name type contact status max-no-answer wrap-up-time reject-delay-time busy-delay-time
    no-answer-delay-time agent queue level position`
  for (const name of names.split(/\s+/)) {
    t.ok(first.includes(`\`${name}\``), name)
  }
})
