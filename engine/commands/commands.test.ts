import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { commandExamples } from '../catalogue/commands/command-examples.ts'
import { type CommandName, commandSchemas, isCommandName } from '../catalogue/commands/commands.ts'
import { commandsDocument, documentCommands } from '../catalogue/commands/write-docs.ts'
import { commandRefusals, refuse } from '../catalogue/refusals.ts'
import { SwitchyardError } from '../errors.ts'
import { codeOf } from '../rigs/bus-world.ts'
import { createTestBus } from '../rigs/test-bus.ts'
import { createCounter } from '../testing/counter.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { createCommandClient } from './client.ts'
import { type CommandHandlers, serveCommands } from './serve.ts'
import { findServices } from './service.ts'

const names = Object.keys(commandSchemas) as CommandName[]
const hang = () => new Promise<never>(() => {})

async function startDoor(t: Test, handlers: CommandHandlers) {
  const clock = new ManualClock()
  const { bus, log } = createTestBus(t, clock)
  const ended: string[] = []
  const nextId = createCounter()
  const service = await serveCommands(bus, 'acme', handlers, {
    clock,
    log,
    newId: () => `engine-${nextId()}`,
    onEnded: (command, outcome, durationMs) => ended.push(`${command} ${outcome} ${durationMs}`),
  })
  const client = createCommandClient(bus, 'acme', 'test')
  /** Sends text unchanged, and resolves to the answer. */
  const raw = async (name: string, text: string) =>
    JSON.parse(
      Buffer.from(
        await bus.request(`switchyard.acme.command.${name}`, Buffer.from(text), 60_000),
      ).toString(),
    )
  return { clock, log, bus, service, client, raw, ended }
}

t.test(
  'every command has an example that matches its schema, and each field is documented',
  async (t) => {
    t.same(Object.keys(commandExamples), names)
    for (const name of names) {
      const { input, reply, description } = commandSchemas[name]
      t.ok(description, name)
      t.same(input.parse(commandExamples[name].input), commandExamples[name].input)
      t.same(reply.strict().parse(commandExamples[name].output), commandExamples[name].output)
      const { properties = {} } = z.toJSONSchema(input, { io: 'input' })
      for (const [field, schema] of Object.entries(properties)) {
        t.match(schema, { description: String }, `${name} ${field}`)
      }
    }
    t.equal(isCommandName('toString'), false)
    t.equal(isCommandName('call.classify'), true)
  },
)

t.test('docs/commands.md matches the schemas: run `npm run docs`', async (t) => {
  t.equal(await readFile(commandsDocument, 'utf8'), documentCommands())
})

t.test('a command reaches its handler unchanged, and its answer comes back', async (t) => {
  const received: unknown[] = []
  const handlers = Object.fromEntries(
    names.map((name) => [
      name,
      (input: unknown, context: unknown) => {
        received.push({ name, input, context })
        return { ok: true, ...commandExamples[name].output }
      },
    ]),
  ) as CommandHandlers
  const { clock, client, bus, service } = await startDoor(t, handlers)
  for (const name of names) {
    const { input, output } = commandExamples[name]
    t.same(await client.command(name, input as never), { ok: true, ...output })
    t.same(await client.demand(name, input as never), { ok: true, ...output })
    t.same(
      received.splice(0),
      Array(2).fill({ name, input, context: { deadlineAt: clock.now() + 2_000, by: 'test' } }),
    )
  }
  const [found] = await findServices(bus, 'switchyard-acme', 100)
  t.match(found, { id: 'engine-1', version: '1.0.0' })
  t.same(
    found?.endpoints.map(({ subject }) => subject),
    names.map((name) => `switchyard.acme.command.${name}`),
  )
  t.equal(service.figures().length, names.length)
})

t.test(
  'the faults of a command are reported with field and cure, never with the value',
  async (t) => {
    const { raw, service, log } = await startDoor(t, {
      'call.classify': () => ({ ok: true, isWaiting: true }),
      'call.transfer': () => ({ ok: true }),
      'agent.setStatus': () => ({ ok: true, state: 'off' }),
    })
    const cases: readonly (readonly [string, string, string])[] = [
      ['agent.setStatus', 'not json +4930', 'a command is a JSON object in UTF-8'],
      ['agent.setStatus', '[]', 'a command is a JSON object in UTF-8'],
      ['agent.setStatus', 'null', 'a command is a JSON object in UTF-8'],
      [
        'agent.setStatus',
        '{"agent":"ann","status":"asleep"}',
        'status: invalid option: expected one of "loggedOut"|"available"|"onBreak"',
      ],
      [
        'agent.setStatus',
        '{"status":"available","agnet":"ann","+4930":1}',
        'agent: is missing: expected string; command: "agnet", "?" is not known here: remove it or correct its name',
      ],
      [
        'agent.setStatus',
        '{"agent":"ann","status":"available","timeoutMs":0,"by":"a b"}',
        'timeoutMs: too small: expected number to be >=1; by: expected a short name of the sender',
      ],
      [
        'call.transfer',
        '{"callId":"c","to":{"type":"moon"}}',
        'to.type: must be one of "queue", "number"',
      ],
      [
        'call.transfer',
        '{"callId":"c","to":{"type":"number","number":"+49 30"}}',
        'to.number: a number consists of digits, "*" and "#", with or without a leading "+"',
      ],
      [
        'call.classify',
        '{"callId":"c","requires":[{"afterMs":5,"anyOf":[{"english":6}]},{"afterMs":5,"anyOf":[]}]}',
        'requires.0.anyOf.0.english: too big: expected number to be <=5; requires.1.anyOf: too small: expected array to have >=1 items; requires: the first step has afterMs 0, each further one a later whole second, up to 999999 s',
      ],
    ]
    for (const [name, text, message] of cases) {
      t.same(await raw(name, text), {
        ok: false,
        error: { code: 'invalid', message, retryable: false },
      })
    }
    t.same(service.figures(), [
      { command: 'agent.setStatus', outcome: 'invalid', count: 6 },
      { command: 'call.transfer', outcome: 'invalid', count: 2 },
      { command: 'call.classify', outcome: 'invalid', count: 1 },
    ])
    t.same(log.lines, [])
  },
)

t.test('every request is answered, and no answer repeats what was sent', async (t) => {
  const { raw } = await startDoor(t, {
    'call.originate': () => ({ ok: true, callId: 'c', isNew: true }),
  })
  const secret = '+49301234567'
  const poison = fc.oneof(fc.jsonValue(), fc.constant(secret))
  const field = fc.constantFrom(
    'number',
    'onAnswer',
    'ringMs',
    'callerId',
    'by',
    'commandId',
    secret,
  )
  await fc.assert(
    fc.asyncProperty(fc.dictionary(field, poison), async (fields) => {
      const answer = await raw('call.originate', JSON.stringify(fields))
      t.equal(typeof answer.ok, 'boolean')
      return answer.ok || !JSON.stringify(answer).includes(secret)
    }),
    { numRuns: 200 },
  )
})

t.test('a handler that throws, hangs or answers nonsense becomes a refusal', async (t) => {
  const { client, clock, log, ended } = await startDoor(t, {
    'agent.login': () => {
      throw new Error('+4930123456 is busy')
    },
    'agent.logout': () => {
      throw new SwitchyardError('SY_SWITCH_DISCONNECTED', 'the switch is away')
    },
    'agent.endWrapUp': () => undefined as never,
    'agent.setSkills': hang,
    'queue.list': () => ({ ok: true, queues: 1n as never }),
  })
  const failed = { code: 'failed', message: 'the handler failed; see the log of the service' }
  const ann = { agent: 'ann' }
  t.same(await client.command('agent.login', ann), {
    ok: false,
    error: { ...failed, retryable: false },
  })
  t.same(await client.command('agent.logout', ann), {
    ok: false,
    error: { ...failed, retryable: true },
  })
  t.match(await client.command('agent.endWrapUp', ann), { error: { code: 'failed' } })
  t.match(await client.command('queue.list', {}), { error: { code: 'failed' } })
  t.notMatch(JSON.stringify(log.lines), '4930')
  t.equal(log.lines.length, 3)

  const slow = client.command('agent.setSkills', { ...ann, skills: {} }, { timeoutMs: 150 })
  await clock.pass(149)
  t.equal(ended.length, 4)
  await clock.pass(1)
  t.match(await slow, { ok: false, error: { code: 'timeout', retryable: true } })
  await settle()
  t.equal(ended.at(-1), 'agent.setSkills timeout 150')
  t.equal(clock.pendingTimers, 0)
})

t.test(
  'a repeat of a command id is carried out once, unless it was refused or forgotten',
  async (t) => {
    let dialled = 0
    const answers: (() => unknown)[] = []
    const { client, clock } = await startDoor(t, {
      async 'call.originate'() {
        dialled += 1
        return (await answers.shift()?.()) as never
      },
    })
    const dial = (commandId: string) =>
      client.command(
        'call.originate',
        { number: '100', onAnswer: { type: 'queue', queue: 'sales' } },
        { commandId },
      )
    const ok = (callId: string) => () => ({ ok: true, callId })
    answers.push(ok('first'), () => refuse('busy', 'later'), ok('second'), ok('third'))
    t.same(await Promise.all([dial('a'), dial('a')]), Array(2).fill({ ok: true, callId: 'first' }))
    t.same(await dial('a'), { ok: true, callId: 'first' })
    t.equal(dialled, 1)
    t.match(await dial('b'), { ok: false, error: { code: 'busy' } })
    t.match(await dial('b'), { ok: true, callId: 'second' })
    t.equal(dialled, 3)
    await clock.pass(10 * 60_000)
    t.match(await dial('a'), { ok: true, callId: 'third' })
    t.equal(dialled, 4)
  },
)

t.test(
  'a missing service, a bus that is away and an unreadable answer are refusals with advice',
  async (t) => {
    const { client, bus, clock } = await startDoor(t, {})
    const login = () => client.command('agent.login', { agent: 'ann' })
    t.same(await login(), {
      ok: false,
      error: {
        code: 'notServed',
        message:
          'no service answers on switchyard.acme.command.agent.login: is the engine, or the plugin, running?',
        retryable: true,
      },
    })
    t.equal(await codeOf(() => client.demand('agent.login', { agent: 'ann' })), 'SY_COMMAND_FAILED')
    const serve = async (answer: () => Promise<Uint8Array> | Uint8Array) =>
      await bus.respond('switchyard.acme.command.agent.login', answer)
    for (const [answer, code] of [
      [() => Buffer.from('hm'), 'failed'],
      [() => Buffer.from('{"ok":false}'), 'failed'],
      [() => Promise.reject(new Error('x')), 'failed'],
      [() => Buffer.from('{"ok":false,"error":{"code":"newCode","message":"m"}}'), 'newCode'],
    ] as const) {
      const serving = await serve(answer)
      t.match(await login(), { ok: false, error: { code } })
      await serving.stop()
    }
    t.equal(
      await codeOf(() => client.demand('agent.login', { agent: 'x'.repeat(2 ** 21) })),
      'SY_COMMAND_REFUSED',
    )
    await serve(hang)
    const late = login()
    await clock.pass(2_000)
    t.match(await late, { ok: false, error: { code: 'timeout', retryable: true } })
    bus.setConnected(false)
    t.match(await login(), { ok: false, error: { code: 'unavailable', retryable: true } })
    t.equal(await codeOf(() => createCommandClient(bus, '*', 'test')), 'SY_BUS_INVALID')
  },
)

t.test('a command may name a deadline of up to a minute', async (t) => {
  const { raw } = await startDoor(t, { 'agent.list': () => ({ ok: true, agents: [] }) })
  const codeOf = async (timeoutMs: number) =>
    (await raw('agent.list', JSON.stringify({ timeoutMs }))).error?.code
  t.equal(await codeOf(60_000), undefined)
  t.equal(await codeOf(60_001), 'invalid')
  t.equal(await codeOf(0), 'invalid')
})

/** The shipped source files that may refuse a command of the catalogue. */
async function refusingSources(): Promise<readonly string[]> {
  const paths = await Promise.all(
    ['engine', 'plugins'].map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((path) => join(folder, path)),
    ),
  )
  const shipped = paths
    .flat()
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|\/(rigs|testing)\//.test(path))
  const sources = await Promise.all(shipped.map((path) => readFile(path, 'utf8')))
  return sources.filter((source) =>
    /import \{[^}]*\brefuse\b[^}]*\} from '[^']*(refusals|plugin\/index)\.ts'/.test(source),
  )
}

t.test('every refusal code is produced by shipped code', async (t) => {
  const given = new Set(
    (await refusingSources()).flatMap((source) =>
      [...source.matchAll(/\brefuse\(\s*'(\w+)'/g)].map(([, code = '']) => code),
    ),
  )
  // For third-party plugins: none that comes with Switchyard refuses because of its load.
  given.add('busy')
  t.same(given, new Set(Object.keys(commandRefusals)))
})
