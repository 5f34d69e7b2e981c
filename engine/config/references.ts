import type { Raw, Report } from '../yaml/document.ts'
import { type Path, pathText } from '../yaml/fault.ts'
import { listOf, mapOf, textOf } from '../yaml/raw.ts'
import { quote } from '../yaml/scalars.ts'
import { reportUnknown } from '../yaml/unknown-name.ts'
import { reportFlows } from './flow-references.ts'
import { reportMembers } from './member-references.ts'
import { reportOverflow } from './overflow-references.ts'
import { reportPlugins } from './plugin-references.ts'
import { reportQueueRules } from './queue-rules.ts'
import { reportScorers } from './scorer-references.ts'
import { reportStaffing } from './staffing.ts'

/**
 * Reports names that lead nowhere, things that nothing leads to, and settings
 * that have no effect. Works on the unconverted file, so that these faults show
 * together with those of shape.
 */
export function reportReferences(file: Raw, report: Report): void {
  const phones = new Map<string, Path>()
  const { bus, outbox } = mapOf(file)
  for (const [tenantId, tenant] of Object.entries(mapOf(mapOf(file)['tenants']))) {
    const path = ['tenants', tenantId]
    const { queues, agents, routes, strategies, flows } = mapOf(tenant)
    const queueIds = Object.keys(mapOf(queues))

    reportRoutes(routes, [...path, 'routes'], queueIds, Object.keys(mapOf(flows)), report)
    reportFlows(flows, [...path, 'flows'], queueIds, report)
    reportOverflow(queues, flows, [...path, 'queues'], report)
    reportQueueRules(queues, [...path, 'queues'], report)
    reportScorers(queues, strategies, path, report)
    reportMembers(tenant, path, report)
    reportStaffing(tenant, path, report)
    const dialling = listOf(mapOf(mapOf(tenant)['outbound'])['switches'])
    for (const [index, name] of dialling.entries()) {
      const at = [...path, 'outbound', 'switches', index]
      reportUnknown('switch', name, at, Object.keys(mapOf(mapOf(file)['switches'])), report)
    }
    reportPlugins(tenant, bus, path, report)
    reportPhones(agents, [...path, 'agents'], phones, report)
  }
  if (outbox !== undefined && mapOf(bus)['nats'] === undefined) {
    report(
      ['outbox'],
      'has no effect: the memory bus is never away',
      'remove it, or name the NATS servers under bus',
      { severity: 'warning', at: 'key' },
    )
  }
}

function reportRoutes(
  routes: Raw | undefined,
  path: Path,
  queueIds: readonly string[],
  flowNames: readonly string[],
  report: Report,
): void {
  const firstByNumber = new Map<string, Path>()
  for (const [index, route] of listOf(routes).entries()) {
    const routePath = [...path, index]
    const { number, queue, flow } = mapOf(route)
    reportUnknown('queue', queue, [...routePath, 'queue'], queueIds, report)
    reportUnknown('flow', flow, [...routePath, 'flow'], flowNames, report)
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
