import {
  comparableNumber,
  createPrefixTable,
  type DurationMs,
  type EpochMs,
  type PluginContext,
  readSecret,
} from '../../engine/plugin/index.ts'
import { createSkillKeeper, liveSkillsSchema, type SkillKeeper } from './agent-skills.ts'
import { type CallMemory, createCallMemory, type Finding, keptCallSchema } from './call-memory.ts'
import { type Classifier, createClassifier } from './classifier.ts'
import { decidingFacts, type Verdict } from './classify.ts'
import { createCustomers } from './customers.ts'
import { type Arrival, type FactRecord, ownFacts } from './facts.ts'
import type { Files } from './files.ts'
import { forgetOver } from './forget.ts'
import { createJudge } from './judge.ts'
import { createLastAgents, type LastAgents, lastAgentSchema } from './last-agents.ts'
import { createLookup, type Fetch } from './lookup.ts'
import type { SkillOptions } from './options.ts'

/** The outside world besides bus and clock, so that a test can replace it. */
export interface SkillPorts {
  readonly fetch: Fetch
  readonly files: Files
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** What the handlers use. */
export interface Parts {
  readonly classifier: Classifier
  readonly skills: SkillKeeper
  /** A call is over. @param agent who talked to the caller, if anyone */
  ended(callId: string, at: EpochMs, agent?: string): Promise<void>
  explain(call: {
    readonly dialledNumber: string
    readonly callerNumber: string
    readonly origin: Arrival['origin']
    readonly chosen: FactRecord
  }): Promise<Verdict & { readonly facts: FactRecord }>
}

/** How long the end marker of a call is kept: longer than its events may be redelivered. */
const afterCallMs: DurationMs = 60 * 60_000
/** When a call whose end was never reported is dropped. */
const maxCallMs: DurationMs = 24 * 60 * 60_000
const forgetEveryMs: DurationMs = 10 * 60_000
const forgetAgentsEveryMs: DurationMs = 6 * 60 * 60_000
/** How long start-up waits for the customer file before calls are classified without it. */
const customersWithinMs: DurationMs = 5_000

/** Builds the parts and starts the periodic work. */
export async function createParts(
  context: PluginContext<SkillOptions>,
  ports: SkillPorts,
): Promise<Parts> {
  const { options, clock, every, kv } = context
  const { rules, numbers: plan } = options
  const deciding = decidingFacts(rules)
  const normalise = (number: string) => comparableNumber(number, plan) ?? ''
  const customer = await openCustomers(context, ports, deciding, normalise)
  const lookup = await openLookup(context, ports, deciding)
  const lastAgents = openLastAgents(context)
  const calls = kv('calls', keptCallSchema)
  const memory = needsMemory(options, deciding) ? createCallMemory(calls) : undefined

  if (memory !== undefined) {
    every('forgetting calls', forgetEveryMs, async () => {
      const now = clock.now()
      await forgetOver(calls, (call) =>
        'endedAt' in call ? call.endedAt + afterCallMs <= now : call.at + maxCallMs <= now,
      )
    })
  }

  const skills = createSkillKeeper({
    ...context,
    store: kv('skills', liveSkillsSchema),
    agents: options.agents,
  })
  await skills.start()
  every('checking skills', options.checkSkills, () => skills.check())

  const classifier = createClassifier({
    ...context,
    judge: createJudge({
      rules,
      prefixes: createPrefixTable(options.prefixes, plan),
      customer,
      sticky: options.lastAgent,
    }),
    deciding,
    normalise,
    answerWithinMs: options.answerWithin,
    sources: [
      ...(lookup === undefined ? [] : [async (call: Arrival) => ({ facts: await lookup(call) })]),
      ...(lastAgents === undefined ? [] : [lastAgentSource(lastAgents)]),
    ],
    memory,
  })

  return {
    classifier,
    skills,
    ended: (callId, at, agent) => end({ memory, lastAgents }, callId, at, agent),
    explain: ({ dialledNumber, callerNumber, origin, chosen }) =>
      classifier.explain(
        { dialled: dialledNumber.trim(), caller: normalise(callerNumber), origin },
        chosen,
      ),
  }
}

/** Calls are remembered only if a later event could change their classification. */
function needsMemory({ lastAgent }: SkillOptions, deciding: ReadonlySet<string>): boolean {
  const own: readonly string[] = ownFacts
  return lastAgent !== undefined || [...deciding].some((name) => !own.includes(name))
}

async function openCustomers(
  context: PluginContext<SkillOptions>,
  { files }: SkillPorts,
  wanted: ReadonlySet<string>,
  normalise: (number: string) => string,
): Promise<(number: string) => FactRecord | undefined> {
  const { clock, every, options } = context
  if (options.customers === undefined) {
    return () => undefined
  }
  const customers = createCustomers({
    ...context,
    options: options.customers,
    wanted,
    normalise,
    files,
  })
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(customersWithinMs, resolve)
    void customers.check().then(() => {
      timer.cancel()
      resolve()
    })
  })
  every('reading customers', options.customers.checkEvery, () => customers.check())
  return customers.find
}

async function openLookup(
  context: PluginContext<SkillOptions>,
  ports: SkillPorts,
  wanted: ReadonlySet<string>,
) {
  const { metrics, options, tenant } = context
  if (options.lookup === undefined) {
    return undefined
  }
  const { token } = options.lookup
  const ended = metrics.counter({
    name: 'switchyard_skill_lookups_total',
    help: 'Caller look-ups, by outcome.',
    labels: ['tenant', 'outcome'],
  })
  return createLookup({
    ...context,
    options: options.lookup,
    token:
      token === undefined
        ? undefined
        : await readSecret('lookup.token', token, {
            environment: ports.environment,
            readFile: async (path) => (await ports.files.read(path)).toString(),
          }),
    wanted,
    fetch: ports.fetch,
    onEnded: (outcome) => ended({ tenant, outcome }),
  })
}

function openLastAgents(context: PluginContext<SkillOptions>): LastAgents | undefined {
  const { clock, every, kv, options, tenant } = context
  if (options.lastAgent === undefined) {
    return undefined
  }
  const store = kv('lastAgents', lastAgentSchema)
  const lastAgents = createLastAgents(store, {
    tenant,
    clock,
    keepForMs: options.lastAgent.keepFor,
  })
  every('forgetting last agents', forgetAgentsEveryMs, async () => {
    await lastAgents.forget()
  })
  return lastAgents
}

function lastAgentSource(lastAgents: LastAgents) {
  return async ({ caller }: Arrival): Promise<Partial<Finding>> => {
    return caller === '' ? {} : { lastAgent: await lastAgents.find(caller) }
  }
}

async function end(
  {
    memory,
    lastAgents,
  }: { readonly memory: CallMemory | undefined; readonly lastAgents: LastAgents | undefined },
  callId: string,
  at: EpochMs,
  agent: string | undefined,
): Promise<void> {
  const call = await memory?.look(callId)
  if (call === undefined || call === 'over') {
    return
  }
  const caller = call.arrival?.caller ?? ''
  if (agent !== undefined && caller !== '') {
    await lastAgents?.talked(caller, agent, at)
  }
  await memory?.ended(callId, at)
}
