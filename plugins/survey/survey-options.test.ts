import fc from 'fast-check'
import t from 'tap'
import { playFlow } from '../../engine/testing/index.ts'
import { answersOf } from './branches.ts'
import { compileSurvey } from './compile-survey.ts'
import { pluginOptions } from './options.ts'
import { type Survey, surveyOptions } from './survey-options.ts'

const prompt = { en: 'how-en.wav', de: 'how-de.wav' }
const score = { name: 'score', type: 'csat', prompt }
const why = { name: 'why', type: 'open', prompt: 'why.wav' }
const recommend = { name: 'recommend', type: 'nps', prompt: 'recommend.wav' }

function survey(over: Readonly<Record<string, unknown>> = {}): Survey {
  return surveyOptions.parse({ questions: [score], ...over })
}

function play(one: Survey, answers: readonly string[], language?: string) {
  return playFlow(compileSurvey(one, language), answers)
}

t.test('a survey asks its questions in order, thanks, and ends', async (t) => {
  const one = survey({
    intro: { prompt: 'intro.wav', refuse: 9 },
    questions: [score, recommend, { name: 'solved', type: 'yesNo', prompt: 'solved.wav' }],
    thanks: 'thanks.wav',
  })
  t.same(play(one, ['', '5', '10', '1']), {
    collected: [
      { name: 'score', value: '5' },
      { name: 'recommend', value: '10' },
      { name: 'solved', value: '1' },
    ],
    outcome: 'completed',
    said: ['intro.wav', 'how-en.wav', 'recommend.wav', 'solved.wav', 'thanks.wav'],
  })
})

t.test('it uses the caller’s language, and its own if a prompt lacks that', async (t) => {
  const one = survey({ questions: [score, recommend] })
  t.same(play(one, ['4', '7'], 'de').said, ['how-de.wav', 'recommend.wav'])
  t.same(play(one, ['4', '7'], 'fr').said, ['how-en.wav', 'recommend.wav'])
})

t.test('an answer leads to its `next` question', async (t) => {
  const one = survey({
    questions: [
      { ...score, next: { 1: 'why', 5: 'end' } },
      { ...recommend, next: { 10: 'end' } },
      why,
    ],
    thanks: 'thanks.wav',
  })
  t.same(play(one, ['1', '']).said, [
    'how-en.wav',
    'why.wav',
    'tone_stream://%(250,50,800)',
    'thanks.wav',
  ])
  t.same(play(one, ['5']).said, ['how-en.wav', 'thanks.wav'])
  t.same(play(one, ['3', '10']).said, ['how-en.wav', 'recommend.wav', 'thanks.wav'])
  t.match(play(one, ['3', '6', '']).collected, [
    { name: 'score', value: '3' },
    { name: 'recommend', value: '6' },
    { name: 'why', value: /^\/var\/spool\/switchyard\/surveys\/.*\.wav$/ },
  ])
})

t.test('after a wrong key, or none, a question is repeated up to `tries` times', async (t) => {
  const one = survey({ tries: 2, whenInvalid: 'wrong.wav', whenSilent: 'silent.wav' })
  t.same(play(one, ['7', '']), {
    collected: [],
    outcome: 'unanswered',
    said: ['how-en.wav', 'wrong.wav', 'how-en.wav'],
  })
  t.same(play(one, ['', '4']).said, ['how-en.wav', 'silent.wav', 'how-en.wav'])
  t.equal(play(one, ['hangUp']).outcome, 'callerGone')
  t.same(play(survey({ questions: [recommend] }), ['11', '55']).outcome, 'unanswered')
})

t.test('an optional question without an answer is skipped', async (t) => {
  const one = survey({ questions: [{ ...score, isOptional: true }, recommend], tries: 1 })
  t.same(play(one, ['', '9']).collected, [{ name: 'recommend', value: '9' }])
})

t.test(
  'a caller who refuses is not asked; where consent is needed, silence means no',
  async (t) => {
    const keys = { prompt: 'intro.wav', refuse: '9', optOut: '8' }
    const one = survey({ intro: keys, goodbye: 'bye.wav' })
    t.same(play(one, ['9']), {
      collected: [{ name: 'consent', value: '9' }],
      outcome: 'completed',
      said: ['intro.wav', 'bye.wav'],
    })
    const asking = survey({ intro: { ...keys, accept: '1' }, tries: 1 })
    t.same(play(asking, ['']), { collected: [], outcome: 'completed', said: ['intro.wav'] })
    t.same(play(asking, ['1', '5']).collected, [
      { name: 'consent', value: '1' },
      { name: 'score', value: '5' },
    ])
  },
)

t.test('an invalid flow is refused by playFlow', async (t) => {
  t.throws(() => playFlow({ steps: [{ goto: 'nowhere' }] }), {
    message: /^not a valid flow: steps\[0\]\.goto there is no step nowhere/,
  })
})

t.test('an invalid survey is refused, naming the key', async (t) => {
  const refused: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ questions: [score, score] }, 'questions.1.name'],
    [{ questions: [{ ...score, next: { 6: 'end' } }] }, 'questions.0.next.6'],
    [{ questions: [score, { ...recommend, next: { 5: 'score' } }] }, 'questions.1.next.5'],
    [
      {
        questions: [{ ...score, next: { 1: 'end', 2: 'end', 3: 'end', 4: 'end', 5: 'end' } }, why],
      },
      'questions.1',
    ],
    [
      { questions: [{ name: 'a', type: 'scale', prompt: 'a.wav', least: 5, most: 5 }] },
      'questions.0.most',
    ],
    [{ questions: [score, { ...score, name: 'again' }] }, 'questions'],
    [{ questions: [{ ...score, prompt: { de: 'nur-deutsch.wav' } }] }, 'questions.0.prompt'],
    [{ questions: [{ ...score, prompt: `$${'{system(reboot)}'}` }] }, 'questions.0.prompt'],
    [{ questions: [{ ...score, prompt: 'shell_stream://reboot' }] }, 'questions.0.prompt'],
    [{ intro: { prompt: 'i.wav', refuse: '9', optOut: '9' } }, 'intro'],
    [{ questions: [why], lowScore: { below: 3 } }, 'lowScore'],
    [{ timeout: '5 seconds' }, 'timeout'],
    [{ share: '130%' }, 'share'],
  ]
  for (const [over, path] of refused) {
    const { error } = surveyOptions.safeParse({ questions: [score], ...over })
    t.ok(
      error?.issues.some((issue) => issue.path.join('.') === path),
      path,
    )
  }
  const noSurvey = { campaigns: { spring: { file: 'a.csv', survey: 'none' } } }
  t.match(pluginOptions.safeParse(noSurvey).error?.issues, [
    { path: ['campaigns', 'spring', 'survey'] },
  ])
})

const types = ['csat', 'nps', 'scale', 'yesNo', 'open'] as const
const text = fc.constantFrom('a.wav', 'say:How was it, {name}?', 'phrase:ask:1', 'b.wav')
const words = fc.oneof(
  text,
  fc.array(text, { minLength: 1, maxLength: 3 }),
  fc.record({ en: text, de: text }),
)
const anySurvey = fc.record(
  {
    intro: fc.record(
      { prompt: words, refuse: fc.constant('9'), optOut: fc.constant(8), accept: fc.constant('*') },
      { requiredKeys: ['prompt'] },
    ),
    questions: fc
      .array(
        fc.record({
          type: fc.constantFrom(...types),
          prompt: words,
          isOptional: fc.boolean(),
          least: fc.nat(3),
          most: fc.integer({ min: 4, max: 10 }),
          next: fc.dictionary(fc.nat(5).map(String), fc.nat(3)),
        }),
        { minLength: 1, maxLength: 6 },
      )
      .map((list) =>
        list.map(({ next, ...raw }, index) => {
          const isSecond = list.findIndex(({ type }) => type === raw.type) < index
          // Of csat and nps one each is allowed.
          const type = isSecond && raw.type !== 'open' ? ('scale' as const) : raw.type
          const one = { ...raw, type, name: `q${index}` }
          const leads = Object.entries(next).filter(([answer]) =>
            answersOf({ ...one, next: {} }).includes(answer),
          )
          const nameOf = (at: number) => (at < list.length ? `q${at}` : 'end')
          return {
            ...one,
            next: Object.fromEntries(leads.map(([answer, by]) => [answer, nameOf(index + 1 + by)])),
          }
        }),
      ),
    thanks: words,
    goodbye: words,
    whenInvalid: words,
    whenSilent: words,
    tries: fc.integer({ min: 1, max: 3 }),
    timeout: fc.constantFrom('1s', '1500ms', '20s'),
    timeLimit: fc.constantFrom('30s', '10m'),
  },
  { requiredKeys: ['questions'] },
)

t.test('whatever survey is accepted, the engine can play it, and it ends', async (t) => {
  let played = 0
  fc.assert(
    fc.property(
      anySurvey,
      fc.array(fc.constantFrom('1', '2', '5', '9', '10', '', 'hangUp')),
      (raw, answers) => {
        const { data } = surveyOptions.safeParse(raw)
        if (data !== undefined) {
          played += 1
          const { outcome } = play(data, answers, 'de')
          return ['completed', 'unanswered', 'callerGone', 'timeLimit'].includes(outcome)
        }
        return true
      },
    ),
    { numRuns: 2_000 },
  )
  t.ok(played > 1_000, `${played} were accepted`)
})
