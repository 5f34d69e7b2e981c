import t from 'tap'
import { estimate, halfWidth, studentQuantile } from './confidence.ts'
import { erlangA, erlangC, type Load } from './erlang.ts'
import { measureForecast } from './forecast.ts'
import { compareWithTheory } from './queueing.ts'

const near = (actual: number, wanted: number, within: number) => Math.abs(actual - wanted) <= within

t.test('Erlang C and Erlang A give the published figures', (t) => {
  // Gans, Koole and Mandelbaum, "Telephone Call Centers: Tutorial, Review, and Research Prospects"
  // (2003), section 4.2: 50 agents, 48 calls and one minute of talk, two minutes of patience.
  const load: Load = { arrivalRate: 48 / 60, serviceRate: 1 / 60, agents: 50 }
  const patient = erlangC(load, 58.1)
  t.ok(near(patient.asa, 20.8, 0.05))
  t.ok(near(patient.serviceLevel, 0.9, 0.001))
  const impatient = erlangA(load, 120, 12.5)
  t.ok(near(impatient.abandonShare, 0.031, 0.0005))
  t.ok(near(impatient.asa, 3.6, 0.1))
  t.end()
})

t.test('with infinite patience Erlang A equals Erlang C; an overload has no Erlang C', (t) => {
  const load: Load = { arrivalRate: 0.045, serviceRate: 1 / 180, agents: 10 }
  const [a, c] = [erlangA(load, 1e8, 20), erlangC(load, 20)]
  for (const measure of ['waitShare', 'serviceLevel', 'asa', 'abandonShare'] as const) {
    t.ok(near(a[measure], c[measure], 1e-4 * Math.max(1, c[measure])), measure)
  }
  t.ok(Number.isNaN(erlangC({ ...load, arrivalRate: 0.06 }, 20).waitShare))
  t.end()
})

t.test('an estimate has a standard error and a confidence interval', (t) => {
  // Student's t from published tables, rounded to three digits.
  t.strictSame(
    [studentQuantile(0.995, 19), studentQuantile(0.975, 1), studentQuantile(0.975, 9)].map(
      (value) => Number(value.toFixed(3)),
    ),
    [2.861, 12.706, 2.262],
  )
  const measured = estimate([1, 2, 3, 4])
  t.strictSame(
    { ...measured, standardError: Number(measured.standardError.toFixed(6)) },
    {
      mean: 2.5,
      standardError: 0.645497,
      values: 4,
    },
  )
  t.ok(near(halfWidth(measured, 0.95), 0.645497 * 3.182, 0.001))
  t.end()
})

t.test('the core serves Poisson callers as Erlang C and Erlang A predict', (t) => {
  const sizes = { replications: 20, callers: 2_500, warmUp: 500, seed: 100 }
  for (const [patience, share] of [
    [Number.POSITIVE_INFINITY, 0.7],
    [Number.POSITIVE_INFINITY, 0.85],
    [120, 0.8],
    [120, 1.1],
  ] as const) {
    const load = { arrivalRate: (10 * share) / 180, serviceRate: 1 / 180, agents: 10 }
    for (const { measure, expected, measured } of compareWithTheory({ load, patience, ...sizes })) {
      const within = halfWidth(measured, 0.99)
      t.ok(
        near(measured.mean, expected, within),
        `${measure} ${measured.mean} at ${share}, patience ${patience}: ${expected} ± ${within}`,
      )
      // An interval that contains everything proves nothing.
      t.ok(within < 0.5 * expected || within < 0.02, `${measure} at ${share}: ± ${within}`)
    }
  }
  t.end()
})

t.test('the expected wait of waiting callers has little bias', (t) => {
  for (const [patience, share] of [
    [Number.POSITIVE_INFINITY, 0.9],
    [120, 1.1],
  ] as const) {
    const load = { arrivalRate: (10 * share) / 180, serviceRate: 1 / 180, agents: 10 }
    const { forecasts, unknownShare, meanWaitMs, biasMs, errorMs } = measureForecast({
      load,
      patience,
      replications: 1,
      callers: 3_000,
      warmUp: 500,
      seed: 1,
    })
    t.ok(forecasts > 1_000)
    t.equal(unknownShare, 0)
    t.ok(Math.abs(biasMs) < 0.25 * meanWaitMs, `bias ${biasMs} ms of ${meanWaitMs}`)
    t.ok(errorMs < 0.7 * meanWaitMs, `off by ${errorMs} ms of ${meanWaitMs}`)
  }
  t.end()
})
