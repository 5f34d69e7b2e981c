import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { attemptCallId, callbackIdOf } from './call-ids.ts'
import { createOpening, openingHoursSchema } from './opening-hours.ts'
import { optionsSchema } from './options.ts'
import { formatNumber, normaliseNumber } from './phone-number.ts'
import { readSettings } from './settings.ts'

const germany = optionsSchema.parse({ countryCode: '49' })

t.test('all spellings of a number are one, and what cannot be called back is none', async (t) => {
  const one = ['+4930123456', '004930123456', '030123456', '030 / 123-456', '(030) 123.456']
  t.same(
    one.map((raw) => normaliseNumber(raw, germany)),
    one.map(() => '+4930123456'),
  )
  const none = ['', 'anonymous', 'unknown', '110', '0110', '*72', '4711', '30123456', '+0301234567']
  t.same(
    none.map((raw) => normaliseNumber(raw, germany)),
    none.map(() => undefined),
  )
  t.equal(normaliseNumber(`+49${'1'.repeat(14)}`, germany), undefined)
  const bare = (bareNumbers: 'national' | 'international', raw: string) =>
    normaliseNumber(raw, { ...germany, bareNumbers })
  t.equal(bare('international', '4930123456'), '+4930123456')
  t.equal(bare('national', '30123456'), '+4930123456')
  const italy = optionsSchema.parse({
    countryCode: '39',
    nationalPrefix: '',
    bareNumbers: 'national',
  })
  t.equal(normaliseNumber('0612345678', italy), '+390612345678')
  t.same(
    (['plus', 'prefix', 'digits'] as const).map((format) =>
      formatNumber('+4930123456', format, germany),
    ),
    ['+4930123456', '004930123456', '4930123456'],
  )
})

t.test('a normalised number stays as it is', async () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[+0-9 ()/.-]{0,20}$/), (raw) => {
      const number = normaliseNumber(raw, germany)
      if (number !== undefined) {
        assert.match(number, /^\+[1-9]\d{7,14}$/)
        assert.equal(normaliseNumber(number, germany), number)
        for (const format of ['plus', 'prefix'] as const) {
          assert.equal(normaliseNumber(formatNumber(number, format, germany), germany), number)
        }
      }
    }),
  )
})

const berlin = openingHoursSchema.parse({
  timeZone: 'Europe/Berlin',
  week: { mon: ['09:00-12:00', '13:00-24:00'], sat: ['00:30-03:15'], sun: ['02:30-04:00'] },
  holidays: ['2026-12-28', '2026-12-21'],
  exceptions: { '2026-12-21': ['10:00-11:00'] },
})
const at = (text: string) => Date.parse(text)
const shown = (instant: number | undefined) =>
  instant === undefined ? 'never' : new Date(instant).toISOString().slice(0, 16)

t.test('hours are those of their time zone, with holidays and changes of the clock', async (t) => {
  const next = createOpening(berlin)
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
    cases.map(([from]) => shown(next(at(from)))),
    cases.map(([, to]) => to),
  )
  const closed = createOpening({ ...berlin, week: {}, exceptions: {} })
  t.equal(closed(at('2026-11-02T08:00Z')), undefined)
})

t.test('the next opening is open, and nothing before it is', async () => {
  const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') }),
      (timeZone, from) => {
        const next = createOpening({ ...berlin, timeZone })
        const opening = next(from)
        assert.ok(opening !== undefined && opening >= from)
        assert.equal(next(opening), opening)
        for (let quarter = 1; quarter < 40; quarter += 1) {
          const between: number = opening - quarter * 15 * 60_000
          if (between >= from) {
            assert.equal(next(between), opening)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

t.test('windows, zones and spans that mean nothing are refused', async (t) => {
  const hours = { timeZone: 'Europe/Berlin', week: {} }
  const wrong = [
    { ...hours, timeZone: 'Berlin' },
    { ...hours, week: { mon: ['9-18'] } },
    { ...hours, week: { mon: ['22:00-06:00'] } },
    { ...hours, week: { monday: ['09:00-18:00'] } },
    { ...hours, holidays: ['24.12.2026'] },
    { ...hours, exceptions: { Christmas: [] } },
  ]
  for (const one of wrong) {
    t.equal(openingHoursSchema.safeParse(one).success, false, JSON.stringify(one))
  }
  for (const expireAfter of ['soon', '30s', '7 d']) {
    t.equal(optionsSchema.safeParse({ countryCode: '49', expireAfter }).success, false, expireAfter)
  }
})

t.test('what a queue sets beats what is set for all', async (t) => {
  const options = optionsSchema.parse({
    countryCode: '49',
    abandonedAfter: '20s',
    owes: ['abandoned', 'lost'],
    callerId: '0800100200',
    first: 'agent',
    hours: { timeZone: 'UTC', week: { mon: ['09:00-17:00'] } },
    queues: {
      sales: { abandonedAfter: '5s', callerId: '0800100300', priority: 7, returnTo: 'federal' },
      federal: { hours: { timeZone: 'UTC', week: { mon: ['06:00-22:00'] } } },
      fax: { owes: false },
    },
  })
  const { calls, dialling, rules } = readSettings(options)
  t.same(
    [
      calls.owes('abandoned', 'sales', 5_000),
      calls.owes('abandoned', 'sales', 4_999),
      calls.owes('abandoned', 'federal', 19_999),
      calls.owes('lost', 'federal', 0),
      calls.owes('sentAway', 'federal', 60_000),
      calls.owes('abandoned', 'fax', 60_000),
      calls.owes('abandoned', 'other', 60_000),
    ],
    [true, false, false, true, false, false, false],
  )
  t.same([calls.homeQueue('sales'), calls.homeQueue('other')], ['federal', 'other'])
  t.same(dialling('+4930123456', 'sales'), {
    number: '+4930123456',
    priority: 7,
    callerId: '0800100300',
    first: 'agent',
  })
  const early = at('2026-11-02T07:00Z')
  const { openAt, spacingMs } = rules(() => false)
  t.same([openAt('federal', early), openAt('sales', early)], [early, at('2026-11-02T09:00Z')])
  t.same(
    (['busy', 'declined', 'noAnswer', 'machine', 'unreachable', 'unknown'] as const).map(spacingMs),
    [5, 60, 30, 120, 15, 15].map((minutes) => minutes * 60_000),
  )
})

t.test('ids are the same for the same reason, and UUIDs where a channel has them', async (t) => {
  t.equal(callbackIdOf('call-1', 'end', 5), callbackIdOf('call-1', 'end', 5))
  t.not(callbackIdOf('call-1', 'end', 5), callbackIdOf('call-1', 'end', 6))
  const ids = [1, 2, 3].map((serial) => attemptCallId('cb-1', serial))
  t.equal(new Set([...ids, attemptCallId('cb-2', 1)]).size, 4)
  for (const id of ids) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
})
