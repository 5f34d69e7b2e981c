import t from 'tap'
import type { KvStore } from '../bus/bus.ts'
import { SwitchyardError } from '../errors.ts'
import { ids } from '../rigs/ids.ts'
import { createTestBus } from '../rigs/test-bus.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { createDialClaims } from './dial-claims.ts'

const callId = ids.call('c1')

t.test('an id can be claimed by only one of several engines', async (t) => {
  const clock = new ManualClock()
  const { bus } = createTestBus(t, clock)
  const [one, other] = [createDialClaims(bus), createDialClaims(bus)]
  t.equal(await other.isClaimed('acme', callId), false)
  t.equal(await one.claim('acme', callId, 'a'), true)
  t.equal(await other.claim('acme', callId, 'b'), false)
  t.equal(await one.claim('acme', callId, 'c'), false, 'nor by another attempt of the same engine')
  t.equal(await other.isClaimed('acme', callId), true)
  t.equal(await other.claim('other', callId, 'b'), true, 'each tenant has its own ids')
  clock.advance(7 * 24 * 60 * 60_000 - 1)
  t.equal(await other.isClaimed('acme', callId), true, 'for a week')
  clock.advance(2)
  t.equal(await other.isClaimed('acme', callId), false, 'but not longer')
})

t.test('a claim whose answer was lost can be repeated with the same token', async (t) => {
  const { bus } = createTestBus(t, new ManualClock())
  let losesAnswers = true
  const claims = createDialClaims({
    ...bus,
    kv: async (bucket, options) => {
      const store: KvStore = await bus.kv(bucket, options)
      return {
        ...store,
        get: (key) => store.get(key),
        create: async (key, value) => {
          const revision = await store.create(key, value)
          if (losesAnswers) {
            throw new SwitchyardError('SY_BUS_UNAVAILABLE', 'the broker is unavailable')
          }
          return revision
        },
      }
    },
  })
  await t.rejects(claims.claim('acme', callId, 'a'), { code: 'SY_BUS_UNAVAILABLE' })
  losesAnswers = false
  t.equal(await claims.claim('acme', callId, 'a'), true)
  t.equal(await claims.claim('acme', callId, 'b'), false)
})
