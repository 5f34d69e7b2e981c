import t from 'tap'
import { numberPlan } from '../../engine/plugin/index.ts'
import { attemptCallId, callbackIdOf } from './call-ids.ts'
import { takeAttemptInput } from './decide-attempt.ts'
import { formatNumber } from './dial-format.ts'
import type { NumberRecord } from './obligation.ts'
import { optionsSchema } from './options.ts'
import { readSettings } from './settings.ts'

const at = (text: string) => Date.parse(text)

t.test('a number is dialled in the format the trunk expects', async (t) => {
  const plan = numberPlan().parse({ internationalPrefix: '810' })
  t.same(
    (['plus', 'prefix', 'digits'] as const).map((form) => formatNumber('+4930123456', form, plan)),
    ['+4930123456', '8104930123456', '4930123456'],
  )
})

t.test('settings of a queue override the general ones', async (t) => {
  const options = optionsSchema.parse({
    numbers: { countryCode: '49' },
    abandonedAfter: '20s',
    owes: ['abandoned', 'lost'],
    callerId: '0800100200',
    first: 'agent',
    hours: { timeZone: 'UTC', days: { mon: '09:00-17:00' } },
    queues: {
      sales: { abandonedAfter: '5s', callerId: '0800100300', priority: 7, returnTo: 'federal' },
      federal: { hours: { timeZone: 'UTC', days: { mon: ['06:00-22:00'] } } },
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

t.test('ids derive from their reason, and those of channels are UUIDs', async (t) => {
  t.equal(callbackIdOf('call-1', 'end', 5), callbackIdOf('call-1', 'end', 5))
  t.not(callbackIdOf('call-1', 'end', 5), callbackIdOf('call-1', 'end', 6))
  const ids = [1, 2, 3].map((serial) => attemptCallId('cb-1', serial))
  t.equal(new Set([...ids, attemptCallId('cb-2', 1)]).size, 4)
  for (const id of ids) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
})

t.test(
  'an attempt that was counted as over and reaches the customer late is one attempt',
  async (t) => {
    const rules = readSettings(optionsSchema.parse({ numbers: { countryCode: '49' } })).rules(
      () => false,
    )
    const moment = { now: at('2026-11-30T10:00:00Z'), rules }
    const resting: NumberRecord = {
      number: '+4930123456',
      obligation: {
        callbackId: 'cb-1',
        queue: 'sales',
        owedFor: 'abandoned',
        enqueuedAt: 0,
        owedAt: 0,
        renewedAt: 0,
        expiresAt: moment.now + 3_600_000,
        calls: [],
        attempts: [{ callId: 'try-1', outcome: 'unknown', at: 1 }],
        serial: 1,
        events: 1,
        needs: {},
        state: { type: 'resting', dueAt: moment.now },
      },
      past: [],
      unsaid: [],
      gifts: [],
      retired: { callId: 'try-1', at: 1 },
    }
    const reached = takeAttemptInput(resting, { type: 'reached', callId: 'try-1' }, moment)
    t.match(reached.obligation.state, { type: 'attempt', callId: 'try-1', phase: 'reached' })
    const over = { type: 'attemptEnded', callId: 'try-1', outcome: 'hungUp' } as const
    t.strictSame(takeAttemptInput(reached, over, moment).obligation.attempts, [
      { callId: 'try-1', outcome: 'hungUp', at: moment.now },
    ])
  },
)
