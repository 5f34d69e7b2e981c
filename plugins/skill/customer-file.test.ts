import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { comparableNumber, numberPlan } from '../../engine/plugin/index.ts'
import { readCustomers } from './customer-file.ts'
import { disk } from './files.ts'
import { classifications, createFixture, figure } from './fixture.ts'

const plan = numberPlan().parse({ countryCode: 49 })
const read = (text: string, over = {}) =>
  readCustomers(Buffer.from(text), {
    number: 'number',
    delimiter: ',',
    wanted: new Set(['vip', 'language']),
    normalise: (number) => comparableNumber(number, plan) ?? '',
    ...over,
  })
const plain = async (text: string, over = {}) => {
  const { customers, badLines, badCount } = await read(text, over)
  return { customers: Object.fromEntries(customers), badLines, badCount }
}

t.test('customers are read by number, with the wanted columns', async (t) => {
  const text = `\uFEFFname, number ,vip,language\r
"Muster, Erika",030 123456,yes,de\r
\r
"Two, ""Twice""",+4930777,,en
Later,0049 30 123456,no,
`
  t.same(await plain(text), {
    customers: { '+4930123456': { vip: 'no' }, '+4930777': { language: 'en' } },
    badLines: [],
    badCount: 0,
  })
  t.same(await plain('nr;vip\n1;yes', { number: 'nr', delimiter: ';' }), {
    customers: { 1: { vip: 'yes' } },
    badLines: [],
    badCount: 0,
  })
})

t.test('bad lines are skipped, and no others', async (t) => {
  const text = `number,vip
+491,yes
"+490,two
lines",yes
+492,yes,too,many
+493
,no number
anonymous,yes

+494,"broken
+495,yes
+496,"bro"ken
+497,yes
${'9'.repeat(70_000)},too long
+498,yes
"+499,broken to the end`
  t.same(await plain(text), {
    customers: Object.fromEntries(
      ['+491', '+495', '+497', '+498'].map((number) => [number, { vip: 'yes' }]),
    ),
    badLines: [3, 4, 5, 6, 7, 8, 10, 12, 14, 16],
    badCount: 10,
  })
})

t.test('a file that is not a customer list is refused as a whole', async (t) => {
  await t.rejects(read(''), { message: 'is empty: the first line must name the columns' })
  await t.rejects(read('phone,vip\n1,yes'), {
    message: 'the first line names no column "number"',
  })
  await t.rejects(read('number,vip,vip\n1,yes,no'), {
    message: 'the first line names a column twice',
  })
  await t.rejects(read('"number,vip\n1,yes'), {
    message: 'the first line names no column "number"',
  })
})

t.test(
  'a large file leaves the process time for its calls, and shares what is alike',
  async (t) => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `+49${i},${i % 2 ? 'yes' : 'no'}`)
    let turns = 0
    const counting = setInterval(() => {
      turns += 1
    }, 0)
    t.teardown(() => clearInterval(counting))
    const { customers } = await read(`number,vip\n${lines.join('\n')}\n`)
    t.equal(customers.size, 5_000)
    t.equal(customers.get('+491'), customers.get('+493'))
    t.ok(turns > 3, 'other work had its turn')
  },
)

const options = {
  rules: [{ when: { vip: 'yes' }, priority: 50 }],
  customers: { file: '/customers.csv', checkEvery: '5s' },
}

t.test(
  'a changed file is used from the next check on; an invalid one leaves the old contents',
  async (t) => {
    const { files, start } = createFixture()
    files.write('/customers.csv', 'number,vip\n+491,yes\n+49,2,3\n')
    const world = await start(t, options)
    const priorities = async (...numbers: readonly string[]) => {
      const before = classifications(world).length
      for (const callerNumber of numbers) {
        await world.givenCall({ callerNumber })
      }
      return classifications(world)
        .slice(before)
        .map(({ priority }) => priority)
    }
    t.same(await priorities('+491', '+492'), [50, undefined])
    t.equal(figure(world, 'switchyard_skill_customers'), 1)
    t.equal(figure(world, 'switchyard_skill_customer_bad_lines'), 1)
    t.match(
      world.logged.find(({ level }) => level === 'warn'),
      { fields: { file: '/customers.csv', customers: 1, badCount: 1, badLines: [3] } },
    )

    files.write('/customers.csv', 'number,vip\n+492,yes\n')
    t.same(await priorities('+491', '+492'), [50, undefined])
    await world.advance(5_000)
    t.same(await priorities('+491', '+492'), [undefined, 50])

    files.write('/customers.csv', 'phone\n+491\n')
    await world.advance(5_000)
    const faults = { customers: 'the first line names no column "number"' }
    t.match(world.health(), { isReady: false, faults })
    t.same(await priorities('+492'), [50])

    files.remove('/customers.csv')
    await world.advance(10_000)
    t.match(world.health(), { faults: { customers: 'cannot be read (ENOENT)' } })
    const told = world.logged.filter(({ level }) => level === 'error')
    t.equal(told.length, 2, 'each fault once')

    files.write('/customers.csv', 'number,vip\n+493,yes\n')
    await world.advance(5_000)
    t.match(world.health(), { isReady: true, faults: {} })
    t.same(await priorities('+493'), [50])
    t.notMatch(JSON.stringify(world.logged), /\+49\d/)
  },
)

t.test('without the file calls are answered, and the plugin is not ready', async (t) => {
  const { start } = createFixture()
  const world = await start(t, options)
  const { callId } = await world.givenCall({ callerNumber: '+491' })
  t.same(classifications(world), [{ callId }])
  t.match(world.health(), { state: 'running', isReady: false })
})

t.test('the disk tells a changed file from an unchanged one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skill-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'customers.csv')
  await writeFile(path, 'number\n1\n')
  const before = await disk.stamp(path)
  t.same(await disk.stamp(path), before)
  t.equal((await disk.read(path)).toString(), 'number\n1\n')
  await writeFile(path, 'number\n1\n2\n')
  t.notSame(await disk.stamp(path), before)
  await t.rejects(disk.stamp(join(folder, 'none')), { code: 'ENOENT' })
})
