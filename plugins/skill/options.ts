import {
  comparablePrefix,
  duration,
  namePattern,
  needLimits,
  numberPlan,
  secretReference,
  upToSeconds,
  z,
} from '../../engine/plugin/index.ts'
import { ownFacts } from './facts.ts'
import { fitAgents, requirementFault, sumFaults } from './rule-limits.ts'

const word = z.string().trim().min(1).max(128)
/** YAML may parse `1000` and `yes` as numbers and booleans; values are compared as text. */
const scalar = z.union([word, z.number(), z.boolean()]).transform(String)
const factName = word.regex(/^[^{}]+$/, 'the name of a fact cannot contain braces')
const level = z.int().min(1).max(5)
const skillName = word.regex(namePattern, 'a skill name: 1 to 64 letters, digits, "_" and "-"')
/** A skill's name that may be made from facts. */
const skillTemplate = word.regex(
  /^(?:[A-Za-z0-9]|\{[^{}]+\})(?:[A-Za-z0-9_-]|\{[^{}]+\})*$/,
  'a skill name: letters, digits, "_", "-" and {fact}',
)
const agentId = word.regex(namePattern, 'the id of an agent: 1 to 64 letters, digits, "_" and "-"')
const skills = z.record(skillName, level)
const alternative = z
  .record(skillTemplate, level)
  .refine(
    (levels) => Object.keys(levels).length <= needLimits.skills,
    `at most ${needLimits.skills} skills in one alternative`,
  )
const needs = z
  .union([alternative.transform((one) => [one]), z.array(alternative).min(1).max(8)])
  .describe('minimum level by skill, 1 to 5; or a list of such maps, one of which is enough')
const values = z
  .union([scalar.transform((one) => [one]), z.array(scalar).min(1).max(1_000)])
  .transform((patterns) => patterns.map((pattern) => pattern.toLowerCase()))
const facts = z.record(factName, scalar)
const conditions = z.record(factName, values).prefault({})

const rule = z
  .strictObject({
    name: word
      .optional()
      .describe('name in the output of `explain`; default: its position in the list'),
    when: conditions.describe(
      'facts that must all be known and have one of the listed values; `0800*` matches every value with that prefix, `*` any value. Case is ignored',
    ),
    unless: conditions.describe('facts that must not have any of the listed values'),
    requires: needs
      .optional()
      .describe('the skills an agent must have; `{fact}` in a skill name is replaced by that fact'),
    relax: z
      .array(z.strictObject({ after: duration({ least: '1ms', most: '24h' }), requires: needs }))
      .max(10)
      .prefault([])
      .refine(
        (steps) =>
          steps.every(
            ({ after }, i) => i === 0 || upToSeconds(after) > upToSeconds(steps[i - 1]?.after ?? 0),
          ),
        'the steps must be in order of `after`, each later than the previous one when rounded up to whole seconds',
      )
      .describe('what is required instead once the call has waited for `after`, step by step'),
    priority: z
      .int()
      .min(-1_000_000)
      .max(1_000_000)
      .optional()
      .describe('higher is served first; added to the priorities of other rules and of the queue'),
    preferred: z
      .strictObject({
        agents: z
          .array(agentId)
          .max(needLimits.agents)
          .refine((agents) => fitAgents(agents).length === agents.length, {
            message: `the ids together are longer than ${needLimits.characters} characters; name fewer agents`,
          })
          .prefault([])
          .describe('in order of preference'),
        from: factName
          .optional()
          .describe(
            'a fact that names agents, separated by spaces, commas or semicolons, for example the account owner',
          ),
        hold: duration({ most: '24h' })
          .optional()
          .describe('how long the call waits for them before any other agent may take it'),
        isWhileStaffed: z
          .boolean()
          .optional()
          .describe('true: the call waits for them as long as one of them is on duty'),
      })
      .refine(({ agents, from }) => agents.length > 0 || from !== undefined, 'needs agents or from')
      .optional()
      .describe('agents to offer the call to first'),
    isLast: z
      .boolean()
      .default(false)
      .describe('true: when this rule matches, later rules are skipped'),
  })
  .refine(({ relax, requires }) => relax.length === 0 || requires !== undefined, {
    message: 'needs `requires`, for what is required first',
    path: ['relax'],
  })
  .superRefine((one, context) => {
    const fault = requirementFault(one)
    if (fault !== undefined) {
      context.addIssue({ code: 'custom', path: ['requires'], message: fault })
    }
  })

const prefixes = z.record(
  word.regex(/^\+?[\d ()-]*\d[\d ()-]*$/, 'a prefix of a number'),
  facts.refine((one) => Object.keys(one).length > 0, 'needs a fact'),
)

const customers = z.strictObject({
  file: word.describe('path of the file: CSV in UTF-8, with the column names in the first line'),
  number: word.default('number').describe('the column that holds the number'),
  delimiter: z.string().length(1).default(',').describe('the column separator'),
  checkEvery: duration({ least: '1s', most: '1h' })
    .prefault('5s')
    .describe('how often the file is checked for changes'),
})

const lookup = z.strictObject({
  url: z
    .string()
    .refine(
      isUsableUrl,
      'an http or https URL without credentials that contains {caller} or {dialled}',
    )
    .describe(
      'requested by GET with the numbers filled in for `{caller}` and `{dialled}`. Replies with a JSON object whose strings, numbers and booleans become facts, or with 404',
    ),
  token: secretReference().optional().describe('sent as `authorization: Bearer`'),
  timeout: duration({ least: '10ms', most: '5s' })
    .prefault('1s')
    .describe('time limit of a request; a reply after `answerWithin` is sent as an update'),
  atOnce: z
    .int()
    .min(1)
    .max(200)
    .default(32)
    .describe('concurrent requests; calls beyond that go without a look-up'),
  cacheFor: duration({ most: '24h' }).prefault('5m').describe('how long a reply is cached'),
  cacheSize: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(10_000)
    .describe('maximum number of cached replies'),
  failures: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('consecutive failures after which requests are paused'),
  pause: duration({ least: '100ms', most: '1h' })
    .prefault('30s')
    .describe('length of the pause; then a single request probes the service'),
})

const lastAgent = z.strictObject({
  keepFor: duration({ least: '1m' })
    .prefault('30d')
    .describe('how long the last agent is remembered'),
  hold: duration({ most: '24h' })
    .optional()
    .describe('how long the call waits for that agent before any other agent may take it'),
  isWhileStaffed: z
    .boolean()
    .optional()
    .describe('true: the call waits as long as that agent is on duty'),
})

/** The plugin's part of the configuration. */
export const skillOptions = z
  .strictObject({
    rules: z
      .array(rule)
      .max(500)
      .prefault([])
      .describe('what a call needs, depending on its facts'),
    answerWithin: duration({ least: '1ms', most: '5s' })
      .prefault('100ms')
      .describe(
        'how long the first classification waits for the look-up and the last agent; keep it below the engine’s `classifyWithin`',
      ),
    numbers: numberPlan().prefault({}).describe('how numbers are written'),
    prefixes: prefixes
      .prefault({})
      .describe("facts by prefix of the caller's number; the longest matching prefix applies"),
    customers: customers.optional().describe('facts by number, from a CSV file'),
    lookup: lookup.optional().describe('facts by number, from an HTTP service'),
    lastAgent: lastAgent
      .optional()
      .describe('offers a caller first to the agent they last talked to'),
    agents: z
      .record(word, skills)
      .prefault({})
      .describe('skills of the agents with levels 1 to 5; commands can override them at run time'),
    checkSkills: duration({ least: '1s', most: '1h' })
      .prefault('10s')
      .describe('how often the engine’s skills are compared and corrected'),
  })
  .superRefine(({ numbers: plan, prefixes: table, rules }, context) => {
    const seen = new Set<string>()
    for (const prefix of Object.keys(table)) {
      const written = comparablePrefix(prefix, plan) ?? ''
      if (seen.has(written)) {
        const message = 'two entries are the same prefix in different spellings'
        context.addIssue({ code: 'custom', path: ['prefixes'], message })
      }
      seen.add(written)
    }
    const names = rules.flatMap(({ name }) => name ?? [])
    if (new Set(names).size < names.length) {
      context.addIssue({ code: 'custom', path: ['rules'], message: 'two rules have the same name' })
    }
    for (const { path, message } of sumFaults(rules)) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    const taken = Object.values(table).flatMap(Object.keys).find(isOwnFact)
    if (taken !== undefined) {
      const message = `${ownFacts.join(', ')} are set by the call itself`
      context.addIssue({ code: 'custom', path: ['prefixes'], message })
    }
  })

export type SkillOptions = z.output<typeof skillOptions>
export type Rule = SkillOptions['rules'][number]
export type LookupOptions = z.output<typeof lookup>
export type CustomersOptions = z.output<typeof customers>
export type LastAgentOptions = z.output<typeof lastAgent>
/** The skills of an agent with their levels, 1 (novice) to 5 (expert). */
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
