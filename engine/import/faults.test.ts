import t from 'tap'
import { type ImportWorld, runImport } from './command.ts'
import { translateContact } from './contact.ts'
import { callcenter, importText, memoryReader, path, queue, variable } from './fixture.ts'

/** The faults of a text, without the file name. */
function faultsOf(
  text: string,
  files: Readonly<Record<string, string>> = {},
  variables: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const imported = importText(text, files, { variables })
  return imported.ok
    ? []
    : imported.faults
        .trimEnd()
        .replaceAll(`${path}:`, '')
        .replaceAll('\n  cure: ', ' | ')
        .split('\n')
}

const good = queue({ 'moh-sound': 'm' })

t.test('all faults are reported at once, with line and cure', async (t) => {
  const text = `<configuration name="callcenter.conf">
  <queues>
    <queue name="a">
      <param name="moh-sound" value="$${variable('tune')}"/>
      <param name="max-wait-time" value="$${variable('wait')}"/>
    </queue>
  </queues>
  <agents>
    <agent name="ann" type="callback"/>
    <agent name="bob" type="callback" contact="user/1,user/2"/>
    <agent name="cid" type="callback" contact="{a=b user/1"/>
    <agent name="dee" type="callback" contact="1001"/>
  </agents>
  <tiers><tier agent="ann" queue="a" level="$${variable('level')}"/></tiers>
</configuration>`
  t.strictSame(faultsOf(text), [
    `4: error: queue a: moh-sound contains $${variable('tune')}, which is not set | give its value: --set tune=VALUE`,
    `5: error: queue a: max-wait-time contains $${variable('wait')}, which is not set | give its value: --set wait=VALUE`,
    `14: error: tier of "ann" in "a": level contains $${variable('level')}, which is not set | give its value: --set level=VALUE`,
    '9: error: agent ann: contact: no contact | write one such as user/1001@example.org, or remove the agent',
    '10: error: agent bob: contact: several phones; an agent has one phone | keep one phone, or write an agent for each, or let an extension of the dialplan bridge to all of them and write loopback/EXTENSION/CONTEXT',
    '11: error: agent cid: contact: a bracket before the phone is not closed | close it, or remove it',
    '12: error: agent dee: contact: not a dial string that an offer can carry | write TYPE/ADDRESS without spaces, such as user/1001@example.org; put variables before it as {name=value}, or as [name=value] if the switch expands the value',
  ])
  const set = new Map([
    ['tune', '/a & b.wav'],
    ['wait', '60'],
    ['level', '2'],
  ])
  t.equal(faultsOf(text, {}, set).length, 4)
})

t.test('a file without a usable configuration is a fault', async (t) => {
  t.strictSame(faultsOf('<document/>'), [
    '1: error: no <configuration name="callcenter.conf"> | name a callcenter.conf.xml, or a freeswitch.xml.fsxml that contains one',
  ])
  t.match(faultsOf(callcenter('')), [/^1: error: no <queue> \|/])
  t.match(faultsOf(callcenter(queue({ 'moh-sound': 'a\nb' }))), [
    /moh-sound contains a control char/,
  ])
  const announced = { 'announce-sound': 'x'.repeat(1_001), 'announce-frequency': '5' }
  t.match(faultsOf(callcenter(queue(announced))), [
    /announce-sound contains a control character or/,
  ])
  t.match(faultsOf(callcenter(queue({}, `a$${variable('b')}`))), [/its name contains \$\$\{b\}/])
})

t.test('malformed XML is reported at its line, without its text', async (t) => {
  const inLine3 = (line: string) => faultsOf(`<configuration>\n<!-- -->\n${line}\n</configuration>`)
  const cure = 'check this line and the ones before it'
  t.match(inLine3('<param value="hunter2'), [/^4: error: not well-formed XML: Unescaped `<`/])
  t.strictSame(inLine3('<param value=hunter2/>'), [
    `3: error: not well-formed XML: Attribute value expected | ${cure}`,
  ])
  t.match(inLine3('<param value="hunter2 & co"/>'), [
    /^3: error: .*reference.* \| write & as &amp;/,
  ])
  t.match(inLine3('<param value="&hunter2;"/>'), [/^3: error: .*isn't defined: &…; \| write & as/])
  t.match(inLine3('<queue>'), [/^[34]: error: not well-formed XML: Missing end tag/])
  t.strictSame(faultsOf('<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>'), [
    '1: error: a DOCTYPE is not allowed | remove it, and write out the entities it declares',
  ])
  t.strictSame(faultsOf('<a>'.repeat(50_000)), [
    '1: error: the XML is nested too deeply | look for a tag that is not closed',
  ])
})

t.test('includes are followed as by FreeSWITCH, and faults name the included file', async (t) => {
  const including = (data: string) =>
    callcenter(`<X-PRE-PROCESS cmd="include" data="${data}"/>${queue({}, 'z')}`)
  const files = {
    '/etc/freeswitch/queues/b.xml': `<include>\n${queue({ 'moh-sound': `$${variable('m')}` }, 'b')}</include>`,
    '/etc/freeswitch/queues/a.xml': `<?xml version="1.0"?>${queue({}, 'a')}`,
    '/etc/freeswitch/queues/.c.xml': queue({}, 'c'),
    '/etc/freeswitch/queues/d.txt': queue({}, 'd'),
    '/opt/one.xml': `\uFEFF<x-pre-process cmd="set" data="m = tune.wav"></x-pre-process>\r\n${queue({}, 'one')}`,
  }
  const namesOf = (text: string) => {
    const imported = importText(text, files, { variables: new Map([['dir', '/opt']]) })
    return imported.ok
      ? [...imported.yaml.matchAll(/^ {6}(\w+):$/gm)].map(([, name]) => name)
      : imported.faults
  }
  t.match(
    namesOf(including('queues/*.xml')),
    /queues\/b\.xml:2: error: queue b: moh-sound contains/,
  )
  t.strictSame(namesOf(including('queues/?.xml').replace('<conf', '<!--#set "m=x"--><conf')), [
    'a',
    'b',
    'z',
  ])
  t.strictSame(namesOf(including(`$${variable('dir')}/one.xml`)), ['one', 'z'])
  t.strictSame(namesOf(callcenter(`<!--#include "/opt/one.xml"-->${good}`)), ['one', 'sales'])
  t.strictSame(
    namesOf(including('none/*.xml')),
    ['z'],
    'a pattern that matches nothing is no fault',
  )
  t.strictSame(
    namesOf(callcenter(`<!-- <X-PRE-PROCESS cmd="include" data="gone.xml"/> -->${good}`)),
    ['sales'],
  )
  t.strictSame(
    namesOf(
      callcenter(
        `<!--\n<X-PRE-PROCESS cmd="include" data="$${variable('x')}"/>\n<X-PRE-PROCESS cmd="exec" data="x"/>\n-->${good}`,
      ),
    ),
    ['sales'],
  )
})

t.test('an include that cannot be followed is a fault, and no command is run', async (t) => {
  const faultOf = (line: string, files: Readonly<Record<string, string>> = {}) =>
    faultsOf(callcenter(`${line}${good}`), files).map((fault) => fault.split(' | ', 1)[0])
  const include = (data: string) => `<X-PRE-PROCESS cmd="include" data="${data}"/>`
  t.strictSame(faultOf(include('gone.xml')), [
    '1: error: cannot read "/etc/freeswitch/gone.xml" (ENOENT)',
  ])
  t.strictSame(faultOf(include(`$${variable('d')}/x`)), [
    `1: error: cannot follow the include of "$${variable('d')}/x"`,
  ])
  t.strictSame(faultOf(include('*/x.xml')), ['1: error: cannot follow the include of "*/x.xml"'])
  t.strictSame(faultOf(include('callcenter.conf.xml')), [
    `1: error: the include of "${path}" is circular or nested too deeply`,
  ])
  const imported = importText(
    callcenter(`<X-PRE-PROCESS cmd="exec-set" data="a=rm -rf /"/>${good}`),
  )
  t.match(imported.ok && imported.report, /the preprocessor command "exec-set" is not run/)
})

t.test('exploding includes and variables are a fault', async (t) => {
  const include = '<X-PRE-PROCESS cmd="include" data="B"/>'.repeat(20)
  const files = Object.fromEntries(
    [1, 2, 3, 4, 5].map((level) => [`/b${level}`, include.replaceAll('B', `/b${level + 1}`)]),
  )
  const bombed = [/^1: error: more than 1000 files or 8 MiB of XML \|/]
  t.match(faultsOf(include.replaceAll('B', '/b1'), { ...files, '/b6': '' }), bombed)
  const doubling = Array.from(
    { length: 64 },
    (_, index) =>
      `<X-PRE-PROCESS cmd="set" data="v${index + 1}=${`$${variable(`v${index}`)}`.repeat(2)}"/>`,
  )
  t.match(faultsOf(`<!--#set "v0=xx"-->\n${doubling.join('\n')}`), bombed)
})

t.test('a contact is translated into the dial string of one phone', async (t) => {
  const [call, x] = [variable('caller'), variable('x')]
  const dialOf = (contact: string) => {
    const translated = translateContact(contact)
    return translated.ok ? [translated.dial, translated.ringSeconds] : translated.message
  }
  for (const [contact, dial, seconds] of [
    ['user/1001@example.org', 'user/1001@example.org', undefined],
    [' loopback/9001/default/XML ', 'loopback/9001/default/XML', undefined],
    ['{a=b,c=d}user/1', '{a=b,c=d}user/1', undefined],
    ['{a=b} [c=d] user/1', '{a=b}[c=d]user/1', undefined],
    ['<a=b>user/1', '{a=b}user/1', undefined],
    ['[leg_timeout=10]user/1', '{leg_timeout=10}user/1', 10],
    ['{call_timeout=30,a=b}[leg_timeout=20,c=d]user/1', '{a=b}{leg_timeout=20}[c=d]user/1', 20],
    ['{leg_timeout=0}user/1', '{leg_timeout=0}user/1', undefined],
    [`{a=b,c=${call}}user/1`, `{a=b}[c=${call}]user/1`, undefined],
    [`{a='b, c',d=${call}}user/1`, `[a='b, c',d=${call}]user/1`, undefined],
    ["{a='b, c',leg_timeout=5}user/1", "{a='b, c',leg_timeout=5}user/1", undefined],
    ['{^^:a=b,c:d=e}user/1', '{^^:a=b,c:d=e}user/1', undefined],
    [`user/1@${x}`, `user/1@${x}`, undefined],
  ] as const) {
    t.strictSame(dialOf(contact), [dial, seconds], contact)
  }
  const several = 'several phones; an agent has one phone'
  const unfit = 'not a dial string that an offer can carry'
  for (const [contact, message] of [
    ['user/1,user/2', several],
    ['{a=b}user/1|sofia/gateway/g/2', several],
    ['user/1:_:user/2', several],
    ['[a=b]user/1,[c=d]user/2', several],
    [
      `$\{sofia_contact(${x})}`,
      'the contact is an expression that the switch expands to any number of phones',
    ],
    ['{a=b', 'a bracket before the phone is not closed'],
    ['user/1 2', unfit],
    ['1001', unfit],
    ['{a=[b]}user/1', unfit],
    [`[a={b${x}]user/1`, unfit],
    ['user/1\u0007', unfit],
  ] as const) {
    t.equal(dialOf(contact), message, contact)
  }
})

/** Runs the command on one valid file, and returns what it wrote, printed and returned. */
function run(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const result = { out: '', err: '', written: [] as string[] }
  const world: ImportWorld = {
    ...memoryReader({ [path]: callcenter(good), ...files }),
    write(file, text, mayReplace) {
      if (file === '/there' && !mayReplace) {
        throw Object.assign(new Error('exists'), { code: 'EEXIST' })
      }
      if (file === '/full') {
        throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      }
      result.written.push(`${file} ${text.split('\n', 1)[0]}`)
    },
    out: (text) => {
      result.out += text
    },
    err: (text) => {
      result.err += text
    },
  }
  return { status: runImport(args, world), ...result }
}

t.test('the command writes where it is told, and replaces a file only with --force', async (t) => {
  const plain = run([path, '--tenant', 'acme', '--set', 'a=b=c'])
  t.match(plain, {
    status: 0,
    written: [],
    out: /\n {2}acme:\n/,
    err: /1 queue, 0 agents imported/,
  })
  const first = '# made from callcenter.conf.xml by switchyard import-callcenter'
  t.match(run([path, '-o', '/new']), {
    status: 0,
    out: '',
    written: [new RegExp(`^/new ${first}`)],
  })
  t.match(run([path, '--output', '/there', '--force']), { status: 0, written: [/^\/there /] })
  t.match(run([path, '--output', '/there']), {
    status: 2,
    out: '',
    written: [],
    err: /\/there exists already; --force replaces it/,
  })
  t.match(run([path, '--output', '/full']), {
    status: 1,
    err: /cannot write \/full: no space left/,
  })
})

t.test('an unusable command line or file ends with status 2', async (t) => {
  for (const [args, message] of [
    [[], /name one FILE/],
    [[path, path], /name one FILE/],
    [[path, '--tenant', 'a b'], /--tenant takes/],
    [[path, '--set', 'a'], /--set takes NAME=VALUE/],
    [[path, '--outptu', 'x'], /outptu/],
  ] as const) {
    const { status, out, err } = run(args)
    t.strictSame([status, out], [2, ''])
    t.match(err, message)
    t.ok(err.startsWith('switchyard import-callcenter: '))
  }
  t.match(run(['/gone.xml', '-o', '/new']), {
    status: 2,
    written: [],
    err: /^\/gone\.xml:1: error: cannot read .*ENOENT[\s\S]*\/gone\.xml: nothing was written\n$/,
  })
})
