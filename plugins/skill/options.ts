import {
  comparablePrefix,
  duration,
  numberPlan,
  secretReference,
  z,
} from '../../engine/plugin/index.ts'
import { ownFacts } from './facts.ts'

const word = z.string().trim().min(1).max(128)
/** YAML reads `1000` and `yes` as it likes: what is compared is text. */
const scalar = z.union([word, z.number(), z.boolean()]).transform(String)
const factName = word.regex(/^[^{}]+$/, 'the name of a fact has no braces')
const skills = z.record(word, z.int().min(1).max(5))
const alternative = skills.refine(
  (levels) => Object.keys(levels).length <= 20,
  'at most 20 skills in one alternative',
)
const needs = z
  .union([alternative.transform((one) => [one]), z.array(alternative).min(1).max(8)])
  .describe('skill to least level, 1 to 5; or a list of such maps, of which one is enough')
const values = z
  .union([scalar.transform((one) => [one]), z.array(scalar).min(1).max(1_000)])
  .transform((patterns) => patterns.map((pattern) => pattern.toLowerCase()))
const facts = z.record(factName, scalar)
const conditions = z.record(factName, values).prefault({})

const rule = z
  .strictObject({
    name: word.optional().describe('what `explain` calls it; its place in the list when absent'),
    when: conditions.describe(
      'facts that must all be known, each with one of the values given; `0800*` is every value that begins so, `*` any at all. Letter case is of no matter',
    ),
    unless: conditions.describe('facts none of which may have a value given'),
    requires: needs
      .optional()
      .describe('what an agent must know; `{fact}` in a skill is the value of that fact'),
    relax: z
      .array(z.strictObject({ after: duration({ least: '1ms', most: '24h' }), requires: needs }))
      .max(10)
      .prefault([])
      .refine(
        (steps) => steps.every((step, i) => i === 0 || step.after > (steps[i - 1]?.after ?? 0)),
        'the steps must be in order of `after`, each later than the one before',
      )
      .describe('what is required instead when the call has waited so long, step by step'),
    priority: z
      .int()
      .min(-1_000_000)
      .max(1_000_000)
      .optional()
      .describe("higher is served first; added to that of other rules and the queue's own"),
    preferred: z
      .strictObject({
        agents: z.array(word).max(100).prefault([]).describe('in order of preference'),
        from: factName
          .optional()
          .describe('a fact that names agents, parted by spaces or commas: the account owner'),
        hold: duration({ most: '24h' })
          .optional()
          .describe('how long the call waits for them before anyone may have it'),
        isWhileStaffed: z
          .boolean()
          .optional()
          .describe('true: it waits for them as long as one of them is on duty'),
      })
      .refine(({ agents, from }) => agents.length > 0 || from !== undefined, 'needs agents or from')
      .optional()
      .describe('agents who are asked first'),
    isLast: z.boolean().default(false).describe('true: where it matches, later rules do not count'),
  })
  .refine(({ relax, requires }) => relax.length === 0 || requires !== undefined, {
    message: 'needs `requires`, for what is required before',
    path: ['relax'],
  })

const prefixes = z.record(
  word.regex(/^\+?[\d ()-]*\d[\d ()-]*$/, 'a beginning of a number'),
  facts.refine((one) => Object.keys(one).length > 0, 'needs a fact'),
)

const customers = z.strictObject({
  file: word.describe('the path of the file: CSV in UTF-8, its first line names the columns'),
  number: word.default('number').describe('the column that holds the number'),
  delimiter: z.string().length(1).default(',').describe('what parts the columns'),
  checkEvery: duration({ least: '1s', most: '1h' })
    .prefault('5s')
    .describe('how often it is looked whether the file has changed'),
})

const lookup = z.strictObject({
  url: z
    .string()
    .refine(isUsableUrl, 'an http or https URL without user, with {caller} or {dialled} in it')
    .describe(
      'what is asked, by GET; `{caller}` and `{dialled}` are the numbers. It answers a JSON object, whose fields of text, number or truth are facts, or 404',
    ),
  token: secretReference().optional().describe('sent as `authorization: Bearer`'),
  timeout: duration({ least: '10ms', most: '5s' })
    .prefault('1s')
    .describe('when it is given up; what comes after `answerWithin` is said by a second command'),
  atOnce: z.int().min(1).max(200).default(32).describe('requests at a time; a further one is left'),
  cacheFor: duration({ most: '24h' }).prefault('5m').describe('how long an answer is good for'),
  cacheSize: z.int().min(0).max(1_000_000).default(10_000).describe('answers kept at most'),
  failures: z.int().min(1).max(1_000).default(5).describe('so many in a row, and it is left alone'),
  pause: duration({ least: '100ms', most: '1h' })
    .prefault('30s')
    .describe('for so long; then one request tries whether it is well again'),
})

const lastAgent = z.strictObject({
  keepFor: duration({ least: '1m' }).prefault('30d').describe('how long it is remembered'),
  hold: duration({ most: '24h' })
    .optional()
    .describe('how long the call waits for that agent before anyone may have it'),
  isWhileStaffed: z
    .boolean()
    .optional()
    .describe('true: it waits as long as that agent is on duty'),
})

/** The plugin's part of the configuration. */
export const skillOptions = z
  .strictObject({
    rules: z
      .array(rule)
      .max(500)
      .prefault([])
      .describe('what a call needs, by what is known of it'),
    answerWithin: duration({ least: '1ms', most: '5s' })
      .prefault('100ms')
      .describe(
        'how long the answer waits for the look-up and the last agent; less than `classifyWithin` of the engine',
      ),
    numbers: numberPlan().prefault({}).describe('how numbers are written'),
    prefixes: prefixes
      .prefault({})
      .describe("facts by the beginning of the caller's number; the longest one counts"),
    customers: customers.optional().describe('facts by number, from a file'),
    lookup: lookup.optional().describe('facts by number, from a service'),
    lastAgent: lastAgent
      .optional()
      .describe('a caller is offered first to the agent they talked to last'),
    agents: z
      .record(word, skills)
      .prefault({})
      .describe('what the agents know, skill to level, 1 to 5; commands change it while it runs'),
    checkSkills: duration({ least: '1s', most: '1h' })
      .prefault('10s')
      .describe('how often the engine is asked whether it still has the skills'),
  })
  .superRefine(({ numbers: plan, prefixes: table, rules }, context) => {
    const seen = new Set<string>()
    for (const prefix of Object.keys(table)) {
      const written = comparablePrefix(prefix, plan) ?? ''
      if (seen.has(written)) {
        const message = 'two of them are the same beginning, written differently'
        context.addIssue({ code: 'custom', path: ['prefixes'], message })
      }
      seen.add(written)
    }
    const names = rules.flatMap(({ name }) => name ?? [])
    if (new Set(names).size < names.length) {
      context.addIssue({ code: 'custom', path: ['rules'], message: 'two rules have one name' })
    }
    const taken = Object.values(table).flatMap(Object.keys).find(isOwnFact)
    if (taken !== undefined) {
      const message = `${ownFacts.join(', ')} are told by the call itself`
      context.addIssue({ code: 'custom', path: ['prefixes'], message })
    }
  })

export type SkillOptions = z.output<typeof skillOptions>
export type Rule = SkillOptions['rules'][number]
export type LookupOptions = z.output<typeof lookup>
export type CustomersOptions = z.output<typeof customers>
export type LastAgentOptions = z.output<typeof lastAgent>
/** What an agent knows, skill to level, 1 (novice) to 5 (expert). */
export type Skills = z.output<typeof skills>
export { skills as skillsSchema, word as wordSchema }

function isOwnFact(name: string): boolean {
  return (ownFacts as readonly string[]).includes(name)
}

function isUsableUrl(text: string): boolean {
  if (!/\{(caller|dialled)\}/.test(text) || !URL.canParse(text)) {
    return false
  }
  const { protocol, username, password, host } = new URL(text)
  const isPlain = username === '' && password === '' && !/[{}]|%7B/i.test(host)
  return ['http:', 'https:'].includes(protocol) && isPlain
}
