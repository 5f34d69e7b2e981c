import type { Raw, Report } from './document.ts'
import { type Path, pathText } from './fault.ts'
import { listOf, mapOf, textOf } from './raw.ts'
import { quote } from './scalars.ts'
import { offerWords } from './suggest.ts'

/**
 * Reports names that lead nowhere, things that nothing leads to, and settings
 * that have no effect. Works on the unconverted file, so that these faults show
 * together with those of shape.
 */
export function reportReferences(file: Raw, report: Report): void {
  const phones = new Map<string, Path>()
  for (const [tenantId, tenant] of Object.entries(mapOf(mapOf(file)['tenants']))) {
    const path = ['tenants', tenantId]
    const { queues, agents, agentDefaults, routes } = mapOf(tenant)
    const queueIds = Object.keys(mapOf(queues))

    reportRoutes(routes, [...path, 'routes'], queueIds, report)
    reportOverflow(queues, [...path, 'queues'], queueIds, report)
    reportAgents(agents, agentDefaults, path, queueIds, report)
    reportStaffing(tenant, path, report)
    reportPhones(agents, [...path, 'agents'], phones, report)
  }
  const { bus, outbox } = mapOf(file)
  if (outbox !== undefined && mapOf(bus)['nats'] === undefined) {
    report(
      ['outbox'],
      'has no effect: the memory bus is never away',
      'remove it, or name the NATS servers under bus',
      { severity: 'warning', at: 'key' },
    )
  }
}

function reportUnknownQueue(
  raw: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  report: Report,
): void {
  const queueId = textOf(raw)
  if (queueId !== undefined && queueId !== '' && !queueIds.includes(queueId)) {
    report(path, `no queue ${quote(queueId)} in this tenant`, offerWords(queueId, queueIds))
  }
}

function reportRoutes(
  routes: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  report: Report,
): void {
  const firstByNumber = new Map<string, Path>()
  for (const [index, route] of listOf(routes).entries()) {
    const routePath = [...path, index]
    const { number, queue } = mapOf(route)
    reportUnknownQueue(queue, [...routePath, 'queue'], queueIds, report)
    const dialled = textOf(number)
    if (dialled === undefined) {
      continue
    }
    const first = firstByNumber.get(dialled)
    if (first === undefined) {
      firstByNumber.set(dialled, routePath)
    } else {
      report(
        [...routePath, 'number'],
        `${quote(dialled)} is routed already by ${pathText(first)}`,
        'remove one of the two routes',
      )
    }
  }
}

function reportOverflow(
  queues: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  report: Report,
): void {
  const next = new Map<string, string>()
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const { maxWait, whenMaxWait } = mapOf(queue)
    const queuePath = [...path, queueId]
    if (whenMaxWait !== undefined && maxWait === undefined) {
      report(
        [...queuePath, 'whenMaxWait'],
        'never happens: this queue has no maxWait',
        'add maxWait, for example maxWait: 5m, or remove whenMaxWait',
        { at: 'key' },
      )
    }
    const target = mapOf(whenMaxWait)['queue']
    reportUnknownQueue(target, [...queuePath, 'whenMaxWait', 'queue'], queueIds, report)
    const targetId = textOf(target)
    if (targetId !== undefined) {
      next.set(queueId, targetId)
    }
  }
  const inCycles = new Set<string>()
  for (const start of next.keys()) {
    const cycle = inCycles.has(start) ? undefined : findCycle(start, next)
    if (cycle !== undefined) {
      for (const queueId of cycle) {
        inCycles.add(queueId)
      }
      report(
        [...path, start, 'whenMaxWait', 'queue'],
        `callers would go round for ever: ${[...cycle, start].join(' → ')}`,
        'let one of these queues transfer or hang up instead',
      )
    }
  }
}

/** The queues passed on the way from `start` back to `start`, if the way leads back. */
function findCycle(start: string, next: ReadonlyMap<string, string>): string[] | undefined {
  const passed = [start]
  for (let at = next.get(start); at !== undefined; at = next.get(at)) {
    if (at === start) {
      return passed
    }
    if (passed.includes(at)) {
      return undefined
    }
    passed.push(at)
  }
  return undefined
}

function reportAgents(
  agents: Raw | undefined,
  agentDefaults: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  report: Report,
): void {
  const reportQueues = (raw: Raw | undefined, at: Path) => {
    for (const [index, queue] of listOf(raw).entries()) {
      reportUnknownQueue(queue, [...at, 'queues', index], queueIds, report)
    }
  }
  const shared = mapOf(agentDefaults)
  reportQueues(shared['queues'], [...path, 'agentDefaults'])
  for (const [agentId, agent] of Object.entries(mapOf(agents))) {
    const agentPath = [...path, 'agents', agentId]
    const { queues = shared['queues'], status = shared['status'], breakReason } = mapOf(agent)
    reportQueues(mapOf(agent)['queues'], agentPath)
    if (listOf(queues).length === 0) {
      report(
        agentPath,
        'this agent serves no queue',
        'add queues: [ … ], here or in agentDefaults',
        {
          severity: 'warning',
          at: 'key',
        },
      )
    }
    if (breakReason !== undefined && status !== 'onBreak') {
      report(
        [...agentPath, 'breakReason'],
        'has no effect: the status is not onBreak',
        'add status: onBreak, or remove breakReason',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}

/** Warns of queues whose callers nobody may answer. */
function reportStaffing(tenant: Raw, path: Path, report: Report): void {
  const { queues, agents, agentDefaults } = mapOf(tenant)
  const shared = mapOf(agentDefaults)
  const staff = Object.values(mapOf(agents)).map((agent) => ({
    queues: listOf(mapOf(agent)['queues'] ?? shared['queues']),
    skills: { ...mapOf(shared['skills']), ...mapOf(mapOf(agent)['skills']) },
  }))
  for (const [queueId, queue] of Object.entries(mapOf(queues))) {
    const queuePath = [...path, 'queues', queueId]
    const members = staff.filter((agent) => agent.queues.includes(queueId))
    // A level that is none is a fault already.
    const required = Object.entries(mapOf(mapOf(queue)['requires'])).filter(
      ([, level]) => Number(level) <= 5,
    )
    if (members.length === 0) {
      report(
        queuePath,
        'no agent serves this queue: its callers wait in vain',
        `add ${queueId} to the queues of an agent`,
        { severity: 'warning', at: 'key' },
      )
    } else if (
      !members.some(({ skills }) =>
        required.every(([skill, level]) => Number(skills[skill] ?? 0) >= Number(level)),
      )
    ) {
      report(
        [...queuePath, 'requires'],
        'no agent of this queue has all of these skills: its callers wait in vain',
        'lower the levels, or give an agent the skills',
        { severity: 'warning', at: 'key' },
      )
    }
  }
}

function reportPhones(
  agents: Raw | undefined,
  path: Path,
  phones: Map<string, Path>,
  report: Report,
): void {
  for (const [agentId, agent] of Object.entries(mapOf(agents))) {
    const dial = textOf(mapOf(agent)['dial'])
    const first = dial === undefined ? undefined : phones.get(dial)
    if (first !== undefined) {
      report(
        [...path, agentId, 'dial'],
        `the same phone as ${pathText(first)}: both may be offered a call at once`,
        'give each agent a phone, or let only one of them be available at a time',
        { severity: 'warning' },
      )
    } else if (dial !== undefined) {
      phones.set(dial, [...path, agentId])
    }
  }
}
