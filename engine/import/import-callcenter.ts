import { basename } from 'node:path'
import { type AgentPlan, agentDefaults, agentEntries, planAgent, ringSecondsOf } from './agent.ts'
import { type Callcenter, readCallcenter } from './callcenter.ts'
import type { FileReader } from './file-reader.ts'
import { groupBy } from './group-by.ts'
import { createJournal, type Journal } from './journal.ts'
import { assignIds } from './names.ts'
import { preprocess } from './preprocess.ts'
import { planQueue, type QueuePlan } from './queue.ts'
import { formatFaults, formatReport, printable } from './report.ts'
import { createValues } from './values.ts'
import { parseElements } from './xml.ts'
import { type Entry, writeYaml } from './yaml-text.ts'

export interface ImportOptions {
  /** The id of the tenant that gets the queues and agents. */
  readonly tenant: string
  /** The values of `$${name}`. */
  readonly variables: ReadonlyMap<string, string>
}

export type Imported =
  /** `yaml` is a configuration file. `report` lists what differs from mod_callcenter. Both end with a line feed. */
  | { readonly ok: true; readonly yaml: string; readonly report: string }
  /** All faults, each with its file, line and cure. */
  | { readonly ok: false; readonly faults: string }

/**
 * Converts a configuration of mod_callcenter into one of Switchyard. Includes are followed
 * as by FreeSWITCH. No command is run and no server is asked.
 *
 * @param path a callcenter.conf.xml, or a whole freeswitch.xml.fsxml
 */
export function importCallcenter(
  path: string,
  reader: FileReader,
  { tenant, variables }: ImportOptions,
): Imported {
  const journal = createJournal()
  const source = preprocess(path, reader, variables, journal)
  const root = hasFault(journal) ? undefined : parseElements(source, journal)
  const callcenter =
    root === undefined ? undefined : readCallcenter(root, source.placeOf(1), journal)
  const plan = callcenter === undefined ? undefined : planTenant(callcenter, journal)
  if (plan === undefined || hasFault(journal)) {
    return { ok: false, faults: formatFaults(journal.remarks) }
  }
  return {
    ok: true,
    yaml: writeFile(basename(path), tenant, plan),
    report: writeReport(path, tenant, plan, journal),
  }
}

function hasFault({ remarks }: Journal): boolean {
  return remarks.some(({ kind }) => kind === 'fault')
}

interface TenantPlan {
  readonly queues: readonly (QueuePlan & { readonly name: string })[]
  readonly agents: readonly {
    readonly id: string
    readonly name: string
    readonly entries: readonly Entry[]
  }[]
  readonly leftOut: readonly string[]
}

/** mod_callcenter's default of agent-originate-timeout. */
const defaultRingSeconds = 60

function planTenant(callcenter: Callcenter, journal: Journal): TenantPlan {
  const { settings, queues, agents, tiers } = callcenter
  reportSettings(callcenter, journal)
  const maxRingSeconds =
    createValues(settings, '', journal).count('agent-originate-timeout', 0) || defaultRingSeconds
  const agentPlans = new Map<string, AgentPlan>()
  for (const agent of agents) {
    const plan = planAgent(agent, journal)
    if (plan !== undefined) {
      agentPlans.set(agent.name, plan)
    }
  }
  const ofQueue = groupBy(tiers, ({ queue }) => queue)
  const ofAgent = groupBy(tiers, ({ agent }) => agent)
  const queueIds = assignIds(
    queues.map(({ name }) => name),
    'queue',
  )
  const queuePlans = new Map(
    queues.map((queue) => {
      const own = (ofQueue.get(queue.name) ?? []).filter(({ agent }) => agentPlans.has(agent))
      const rings = own.map((tier) =>
        ringSecondsOf(agentPlans.get(tier.agent) as AgentPlan, maxRingSeconds),
      )
      const ringSeconds = rings.length === 0 ? maxRingSeconds : Math.max(...rings)
      const id = queueIds.get(queue.name) ?? ''
      return [queue.name, planQueue({ queue, id, tiers: own, ringSeconds }, journal)]
    }),
  )
  const agentIds = assignIds([...agentPlans.keys()], 'agent')
  return {
    queues: [...queuePlans].map(([name, plan]) => ({ ...plan, name })),
    agents: [...agentPlans].map(([name, plan]) => {
      const memberships = (ofAgent.get(name) ?? []).flatMap((tier) => {
        const queue = queuePlans.get(tier.queue)
        return queue === undefined
          ? []
          : [
              {
                queueId: queue.id,
                level: queue.tiers.levelOf(tier),
                position: queue.tiers.positionOf(tier),
                forgivesMisses: queue.forgivesMisses,
              },
            ]
      })
      const id = agentIds.get(name) ?? ''
      return { id, name, entries: agentEntries(plan, id, memberships, journal) }
    }),
    leftOut: agents.map(({ name }) => name).filter((name) => !agentPlans.has(name)),
  }
}

const needlessSettings = new Set([
  'debug',
  'dbname',
  'odbc-dsn',
  'cc-instance-id',
  'reserve-agents',
  'global-database-lock',
  'truncate-tiers-on-load',
  'truncate-agents-on-load',
])

/** Reports settings without their values, since odbc-dsn contains a password. */
function reportSettings({ place, settings, agents, tiers }: Callcenter, journal: Journal): void {
  for (const [name, param] of settings) {
    if (needlessSettings.has(name)) {
      journal.add(
        'needless',
        param.place,
        `setting ${name}`,
        'the engine has no database and always reserves agents',
      )
    } else if (name !== 'agent-originate-timeout') {
      journal.add(
        'look',
        param.place,
        `setting ${name}`,
        'left out: mod_callcenter has no such setting',
      )
    }
  }
  const database = settings.get('odbc-dsn') ?? settings.get('dbname')
  if (database !== undefined || agents.length === 0 || tiers.length === 0) {
    journal.add(
      'look',
      database?.place ?? place,
      '',
      'agents and tiers added with callcenter_config are in its database, not in this file',
      'compare with fs_cli -x "callcenter_config agent list" and "callcenter_config tier list"',
    )
  }
}

function writeFile(file: string, tenant: string, { queues, agents, leftOut }: TenantPlan): string {
  const entries: readonly Entry[] = [
    {
      key: 'switches',
      value: {
        entries: [
          {
            key: 'fs1',
            value: { host: '127.0.0.1', password: { env: 'FREESWITCH_PASSWORD' } },
            comments: [
              'the FreeSWITCH that ran mod_callcenter; add others. Put the password of its event socket',
              '(event_socket.conf.xml) into this environment variable, not into this file',
            ],
          },
        ],
      },
      comments: [
        `made from ${file} by switchyard import-callcenter; its report lists what differs`,
      ],
    },
    {
      key: 'tenants',
      value: {
        entries: [
          {
            key: tenant,
            value: {
              entries: [
                { key: 'queues', value: { entries: queues.map(section) } },
                { key: 'agentDefaults', value: { entries: agentDefaults } },
                {
                  key: 'agents',
                  value: { entries: agents.map(section) },
                  comments: leftOut.map((name) => `left out: ${name}`),
                },
              ],
            },
          },
        ],
      },
    },
  ]
  return writeYaml(entries)
}

function section({
  id,
  entries,
}: {
  readonly id: string
  readonly entries: readonly Entry[]
}): Entry {
  return { key: id, value: { entries } }
}

function writeReport(path: string, tenant: string, plan: TenantPlan, journal: Journal): string {
  const { queues, agents } = plan
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
  return [
    `${path}: ${count(queues.length, 'queue')}, ${count(agents.length, 'agent')} imported\n`,
    formatReport(journal.remarks),
    '\nAlways\n',
    '  - an agent who did not take a call is not offered the same call again for 60 s (retryDeclined)\n',
    '  - an agent has the status in the file at the engine’s first start; mod_callcenter sets it again at each load\n',
    '\nIn the dialplan, instead of callcenter NAME: set these variables, then park (freeswitch-conf/dialplan)\n',
    ...queues.map(
      ({ name, id }) =>
        `  - ${printable(JSON.stringify(name))}: acd_tenant=${tenant} acd_queue=${id}\n`,
    ),
    ...names('Agents whose names have changed', agents),
    '\nNext: FREESWITCH_PASSWORD=… switchyard check FILE; then act on its output and on this report\n',
  ].join('')
}

function names(
  title: string,
  all: readonly { readonly name: string; readonly id: string }[],
): readonly string[] {
  const changed = all.filter(({ name, id }) => name !== id)
  return changed.length === 0
    ? []
    : [
        `\n${title}\n`,
        ...changed.map(({ name, id }) => `  - ${printable(JSON.stringify(name))}: ${id}\n`),
      ]
}
