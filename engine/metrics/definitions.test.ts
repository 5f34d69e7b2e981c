import t from 'tap'
import {
  abandonment,
  averageHandlingTime,
  averageSpeedOfAnswer,
  containment,
  countedCalls,
  occupancy,
  serviceLevel,
} from './definitions.ts'

const calls = {
  answered: 80,
  answeredInTime: 60,
  abandoned: 15,
  shortAbandoned: 5,
  sentAway: 8,
  lost: 2,
}

t.test('service level and abandonment share one base, without short abandons', async (t) => {
  t.equal(countedCalls(calls), 100)
  t.equal(serviceLevel(calls), 0.6)
  t.equal(abandonment(calls), 0.1)
})

t.test('ASA is over answered calls, AHT over ended conversations with wrap-up', async (t) => {
  t.equal(averageSpeedOfAnswer(4, 20_000), 5_000)
  t.equal(averageHandlingTime(2, 100_000, 20_000), 60_000)
})

t.test('occupancy counts ringing as waiting and excludes time off', async (t) => {
  const spent = { idle: 20, reserved: 5, ringing: 15, talking: 50, wrapUp: 10, off: 1_000 }
  t.equal(occupancy(spent), 0.6)
})

t.test('containment is the share of ended calls that did not ask for an agent', async (t) => {
  t.equal(containment(30, 70), 0.3)
  t.equal(containment(0, 70), 0)
})

t.test('a figure without data is undefined', async (t) => {
  const none = {
    answered: 0,
    answeredInTime: 0,
    abandoned: 3,
    shortAbandoned: 3,
    sentAway: 0,
    lost: 0,
  }
  t.strictSame(
    [
      serviceLevel(none),
      abandonment(none),
      averageSpeedOfAnswer(0, 0),
      containment(0, 0),
      averageHandlingTime(0, 0, 0),
      occupancy({ idle: 0, reserved: 0, ringing: 0, talking: 0, wrapUp: 0, off: 9 }),
    ],
    Array.from({ length: 6 }, () => undefined),
  )
})
