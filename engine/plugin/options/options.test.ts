import assert from 'node:assert/strict'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { optionFaults } from '../definition.ts'
import { digits, phoneNumber } from './digits.ts'
import { duration } from './duration.ts'
import { numberKey } from './number-key.ts'
import { comparableNumber, comparablePrefix, normaliseNumber, numberPlan } from './number-plan.ts'
import { createOpening } from './opening.ts'
import { openingHours } from './opening-hours.ts'
import { createPrefixTable } from './prefix-table.ts'
import { readSecret, secretReference } from './secret.ts'
import { timeZone } from './time-zone.ts'

const told = (options: z.ZodType, raw: unknown) =>
  optionFaults({ options }, raw).map(({ path, message }) => [path.join('.'), message])

t.test('a duration is written with its unit, and keeps its bounds', async (t) => {
  t.same(
    ['0s', '500ms', '20s', '5m', '1h', '30d'].map((text) => duration().parse(text)),
    [0, 500, 20_000, 300_000, 3_600_000, 30 * 86_400_000],
  )
  const options = z.strictObject({
    hold: duration({ least: '1s', most: '1h' }).prefault('1m'),
    keep: duration(),
  })
  t.same(options.parse({ keep: '1d' }), { hold: 60_000, keep: 86_400_000 })
  const units = '(units: ms, s, m, h, d)'
  t.same(told(options, { hold: '999ms', keep: '5 minutes' }), [
    ['hold', `expected a duration from 1s to 1h, for example 1s ${units}`],
    ['keep', `expected a duration from 0s to 3650d, for example 20s ${units}`],
  ])
  for (const wrong of [20, '61m', 'soon', '', '-1s']) {
    t.equal(options.safeParse({ hold: wrong, keep: '1d' }).success, false, String(wrong))
  }
})

t.test('a number that YAML has parsed becomes text again', async (t) => {
  t.equal(phoneNumber().parse(800100200), '800100200')
  t.equal(phoneNumber().parse('+49*31#'), '+49*31#')
  t.equal(digits(/^\d$/, 'a digit').parse(7), '7')
  for (const wrong of ['', '0800 100', 'sip:a@b', -1, 1.5, null]) {
    t.equal(phoneNumber().safeParse(wrong).success, false, String(wrong))
  }
})

const germany = numberPlan().parse({ countryCode: 49 })
const italy = numberPlan().parse({ countryCode: '39', nationalPrefix: '', bare: 'national' })
const russia = numberPlan().parse({
  countryCode: 7,
  nationalPrefix: 8,
  internationalPrefix: 810,
  bare: 'international',
})
const unknown = numberPlan().parse({})

t.test(
  'all spellings of a full number are normalised alike, and anything else is refused',
  async (t) => {
    const spellings = [
      '+4930123456',
      ' +49 (0)30 1234-56',
      '004930123456',
      '0049 (0)30 123456',
      '030123456',
      '030 / 123\u2013456',
      '(030) 123.456',
      '(0)30 123456',
    ]
    for (const raw of spellings) {
      t.equal(normaliseNumber(raw, germany), '+4930123456', raw)
    }
    const none = [
      '',
      'anonymous',
      '+',
      ' - ',
      '110',
      '0110',
      '*72',
      '4711',
      '30123456',
      '+0301234567',
    ]
    t.same(
      [...none, `+49${'1'.repeat(14)}`, '++4930123456', '4930+123456'].map((raw) =>
        normaliseNumber(raw, germany),
      ),
      Array(none.length + 3).fill(undefined),
    )
    t.equal(normaliseNumber('0612345678', italy), '+390612345678')
    t.equal(normaliseNumber('+39 (0)6 12345678', italy), '+390612345678')
    t.same(
      ['89161234567', '79161234567', '8104930123456'].map((raw) => normaliseNumber(raw, russia)),
      ['+79161234567', '+79161234567', '+4930123456'],
    )
    t.same(
      ['030123456', '0049301234567'].map((raw) => normaliseNumber(raw, unknown)),
      [undefined, '+49301234567'],
    )
    t.equal(normaliseNumber('+2904123', { ...germany, leastDigits: 7 }), '+2904123')
  },
)

t.test('callers are told apart by numbers that are not full numbers too', async (t) => {
  const compare = (plan: typeof germany, texts: readonly string[]) =>
    texts.map((raw) => comparableNumber(raw, plan))
  t.same(compare(germany, ['1001', '30 123456', '0110', '+49 110', '030123456']), [
    '1001',
    '30123456',
    '+49110',
    '+49110',
    '+4930123456',
  ])
  t.same(compare(italy, ['110', '0612345678']), ['110', '+390612345678'])
  t.same(compare(unknown, ['030 12', '1', '0049301234567']), ['03012', '1', '+49301234567'])
  t.same(
    compare(germany, ['', 'anonymous', '+', '*72', '1'.repeat(16), '+0301']),
    Array(6).fill(undefined),
  )
})

t.test('normalising a normalised number changes nothing', async () => {
  const plan = fc.constantFrom(germany, italy, russia, unknown)
  fc.assert(
    fc.property(plan, fc.stringMatching(/^[+0-9 ()/.-]{0,20}$/), (numbers, raw) => {
      const number = normaliseNumber(raw, numbers)
      const comparable = comparableNumber(raw, numbers)
      if (number !== undefined) {
        assert.match(number, /^\+[1-9]\d{7,14}$/)
        assert.equal(normaliseNumber(number, numbers), number)
        assert.equal(comparable, number)
      }
      if (comparable?.startsWith('+') === true) {
        assert.equal(comparableNumber(comparable, numbers), comparable)
      }
    }),
  )
})

t.test('the longest beginning wins, however it is written', async (t) => {
  const byPrefix = { '+49': 'germany', '0 89': 'munich', '0041': 'swiss', 10: 'office', '+': 'far' }
  const table = createPrefixTable({ ...byPrefix, nowhere: 'none' }, germany)
  t.same(['+4989123', '+4930123', '+41791', '1001', '+1212', '22', ''].map(table), [
    'munich',
    'germany',
    'swiss',
    'office',
    'far',
    undefined,
    undefined,
  ])
  t.same(
    ['7495', '495', '8495'].map((raw) => comparablePrefix(raw, russia)),
    ['+7495', '+495', '+7495'],
  )
})

t.test('a contradictory number plan is refused, naming the key', async (t) => {
  const needed = z.strictObject({ numbers: numberPlan({ isCountryNeeded: true }).prefault({}) })
  const missing = ['numbers.countryCode', 'is missing: the country code, for example "49"']
  t.same(told(needed, {}), [missing])
  t.same(told(needed, { numbers: { bare: 'national' } }), [missing])
  const options = z.strictObject({ numbers: numberPlan() })
  t.same(told(options, { numbers: { bare: 'national' } }), [missing])
  t.same(told(options, { numbers: { country: '49' } }), [['numbers.country', 'no such option']])
  t.same(told(options, { numbers: { countryCode: '+49', internationalPrefix: '' } }), [
    ['numbers.countryCode', 'one to three digits, for example "49"'],
    ['numbers.internationalPrefix', 'digits, in quotes'],
  ])
  t.same(told(options, { numbers: { nationalPrefix: '00' } }), [
    ['numbers.nationalPrefix', 'must not begin with `internationalPrefix`'],
  ])
})

t.test('the key of a number does not reveal it, and differs between tenants', async (t) => {
  const key = numberKey('acme', '+4930123456')
  t.match(key, /^[0-9a-f]{32}$/)
  t.equal(numberKey('acme', '+4930123456'), key)
  t.not(numberKey('other', '+4930123456'), key)
  t.not(numberKey('acme', '+4930123457'), key)
})

const berlin = openingHours().parse({
  days: { mon: ['09:00-12:00', '13:00-24:00'], sat: '00:30-03:15', sun: ['02:30-04:00'] },
  holidays: ['2026-12-28', '2026-12-21'],
  exceptions: { '2026-12-21': '10:00-11:00' },
})
const at = (text: string) => Date.parse(text)
const shown = (instant: number | undefined) =>
  instant === undefined ? 'never' : new Date(instant).toISOString().slice(0, 16)

t.test('hours follow their time zone, with holidays and daylight saving time', async (t) => {
  const { nextAt, dateAt } = createOpening(berlin, 'Europe/Berlin')
  const cases: readonly (readonly [string, string])[] = [
    ['2026-11-02T07:59Z', '2026-11-02T08:00'],
    ['2026-11-02T08:00Z', '2026-11-02T08:00'],
    ['2026-11-02T11:00Z', '2026-11-02T12:00'],
    ['2026-11-02T22:59Z', '2026-11-02T22:59'],
    ['2026-11-02T23:00Z', '2026-11-06T23:30'],
    ['2026-12-21T08:30Z', '2026-12-21T09:00'],
    ['2026-12-27T12:00Z', '2027-01-01T23:30'],
    // 02:30 comes twice on the 25th of October, and not at all on the 29th of March.
    ['2026-10-24T12:00Z', '2026-10-25T00:30'],
    ['2026-10-25T01:00Z', '2026-10-25T01:30'],
    ['2026-03-28T12:00Z', '2026-03-29T01:00'],
  ]
  t.same(
    cases.map(([from]) => shown(nextAt(at(from)))),
    cases.map(([, to]) => to),
  )
  t.same(
    ['2026-11-02T22:59Z', '2026-11-02T23:00Z'].map((text) => dateAt(at(text))),
    ['2026-11-02', '2026-11-03'],
  )
  const closed = createOpening(openingHours().parse({ days: {} }), 'UTC')
  t.equal(closed.nextAt(at('2026-11-02T08:00Z')), undefined)
})

t.test('days are written one by one or as ranges', async (t) => {
  const openDays = (days: object) =>
    openingHours()
      .parse({ days })
      .days.flatMap((windows, day) => (windows.length > 0 ? [day] : []))
  t.same(openDays({ 'mon-fri': '09:00-18:00', sun: [] }), [1, 2, 3, 4, 5])
  t.same(openDays({ 'fri-mon': '09:00-18:00', wed: ['09:00-10:00'] }), [0, 1, 3, 5, 6])
  t.same(openDays({ 'mon-sun': '00:00-24:00' }), [0, 1, 2, 3, 4, 5, 6])
  t.same(
    openingHours({ days: { sat: '10:00-16:00' } })
      .parse({})
      .days.at(6),
    [{ from: 600, until: 960 }],
  )
})

t.test('the next opening is open, and nothing before it is', async () => {
  const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC']
  const openings = zones.map((zone) => createOpening(berlin, zone))
  fc.assert(
    fc.property(
      fc.constantFrom(...openings),
      fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') }),
      ({ isOpen, nextAt }, from) => {
        const opening = nextAt(from)
        assert.ok(opening !== undefined && opening >= from && isOpen(opening))
        assert.equal(nextAt(opening), opening)
        for (let quarter = 1; quarter < 40; quarter += 1) {
          const between: number = opening - quarter * 15 * 60_000
          if (between >= from) {
            assert.equal(nextAt(between), opening)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

t.test('invalid windows, days and time zones are refused, naming the key', async (t) => {
  const options = openingHours().extend({ timeZone: timeZone() })
  const hours = { timeZone: 'Europe/Berlin', days: {} }
  const window = 'a time window, for example "09:00-18:00", ending at 24:00 at the latest'
  const twice = 'contains a day that is listed twice'
  const cases: readonly (readonly [object, string, string])[] = [
    [{ timeZone: 'Berlin' }, 'timeZone', 'an IANA time zone name, for example Europe/Berlin'],
    [{ days: { mon: ['9-18'] } }, 'days.mon.0', window],
    [{ days: { mon: '22:00-06:00' } }, 'days.mon.0', 'ends before it begins: write two windows'],
    [
      { days: { monday: '09:00-18:00' } },
      'days.monday',
      'a day (sun, mon, tue, wed, thu, fri, sat) or a range of days, for example mon-fri',
    ],
    [{ days: { 'mon-fri': '09:00-18:00', fri: [] } }, 'days.fri', twice],
    [{ holidays: ['24.12.2026'] }, 'holidays.0', 'a date, for example "2026-12-25"'],
    [{ except: [] }, 'except', 'no such option'],
  ]
  for (const [over, path, message] of cases) {
    t.same(told(options, { ...hours, ...over }), [[path, message]])
  }
  t.equal(options.safeParse({ ...hours, exceptions: { Christmas: [] } }).success, false)
  t.equal(options.safeParse({ timeZone: 'UTC' }).success, false)
})

t.test('a secret is read from its place, and no error message contains it', async (t) => {
  const source = {
    environment: { TOKEN: 's3cret', SPACED: 's3cret words', NONE: '' },
    readFile: async (path: string) => {
      if (path !== '/token') {
        throw new Error('s3cret')
      }
      return 'from-file\r\n'
    },
  }
  t.equal(await readSecret('http.token', { env: 'TOKEN' }, source), 's3cret')
  t.equal(await readSecret('http.token', { file: '/token' }, source), 'from-file')
  const refusals = [
    [{ env: 'SPACED' }, 'the environment variable SPACED contains a space, a line feed or another'],
    [{ env: 'NONE' }, 'the environment variable NONE is empty or not set'],
    [{ env: 'MISSING' }, 'the environment variable MISSING is empty or not set'],
    [{ file: '/missing' }, 'cannot read the file /missing'],
  ] as const
  for (const [reference, message] of refusals) {
    await t.rejects(readSecret('http.token', reference, source), {
      code: 'SY_PLUGIN_INVALID',
      message: new RegExp(`^http\\.token: ${message}(?!.*s3cret)`),
    })
  }
  const directory = t.testdir({ token: 'of this machine\n'.replaceAll(' ', '-') })
  t.equal(await readSecret('x', { file: join(directory, 'token') }), 'of-this-machine')

  const options = z.strictObject({ token: secretReference() })
  const wanted = [['token', '{ env: NAME } or { file: PATH }']]
  for (const token of ['hunter2', {}, { env: 'A', file: 'b' }, { env: 7 }]) {
    const faults = told(options, { token })
    t.match(faults, [[/^token/, wanted[0]?.[1]]])
    t.notMatch(JSON.stringify(faults), 'hunter2')
  }
})
