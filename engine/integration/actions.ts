import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '../bus/bus.ts'
import { commandSubject, pluginSubject } from '../catalogue/subjects.ts'
import { requestReply } from '../commands/client.ts'
import { findServices } from '../commands/service.ts'
import type { EslTool } from './esl-tool.ts'
import type { Rig } from './rig.ts'

/** Customers who answer when they are dialled, as in customers.ts. */
export const callers = ['79211111111', '79222222222'] as const

/** Makes an agent available. */
export function login(rig: Rig, agent: string): void {
  const { control } = rig.app.engine.tenants.get('default') ?? {}
  control?.setStatus(agent, { type: 'available' })
}

/** The number of calls and callbacks that wait in queue `q`. */
export function waiting(rig: Rig): number | undefined {
  const { control } = rig.app.engine.tenants.get('default') ?? {}
  return control?.listQueues().find(({ queueId }) => queueId === 'q')?.waiting
}

/** Waits until a condition holds. @throws Error after `withinMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > withinMs) {
      throw new Error(`the condition does not hold after ${withinMs} ms`)
    }
    await sleep(20)
  }
}

/** Presses keys for a caller, shortly after the caller was asked. */
export async function press(
  { tool }: { readonly tool: EslTool },
  callId: string,
  keys: string,
): Promise<void> {
  const application = () => tool.api(`uuid_getvar ${callId} current_application`)
  await until(async () => (await application()).trim() === 'read')
  await sleep(200)
  await tool.api(`uuid_recv_dtmf ${callId} ${keys}`)
}

/** Sends a plugin one of its own commands. @throws Error if it is refused */
export async function ask(
  bus: Bus,
  plugin: string,
  command: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const subject = pluginSubject('default', plugin, 'command', command)
  const reply = await requestReply(bus, subject, input, {})
  if (!reply.ok) {
    throw new Error(`${command}: ${reply.error.code}`)
  }
  return { ...reply }
}

/** Waits until a flow after the conversation is set up. No event reports it, but the engine counts its commands. */
export async function armed(bus: Bus): Promise<void> {
  const subject = commandSubject('default', 'call', 'runFlow')
  await until(async () => {
    const endpoints = (await findServices(bus, undefined, 100)).flatMap((one) => one.endpoints)
    return endpoints.some((one) => one.subject === subject && one.requests > 0)
  })
}

/** @returns a live list of the numbers that the switch dials from now on */
export function watchDials({ tool }: { readonly tool: EslTool }): readonly string[] {
  const dials: string[] = []
  tool.listen((event) => {
    const number = event['Caller-Destination-Number'] ?? ''
    const isDial =
      event['Event-Name'] === 'CHANNEL_CREATE' && event['Call-Direction'] === 'outbound'
    if (isDial && number.startsWith('79')) {
      dials.push(number)
    }
  })
  return dials
}

/** Asks the switch for the leg that a call is joined to, its agent, and the leg it is joined to in turn. */
export async function joined({ tool }: { readonly tool: EslTool }, callId: string) {
  const ask = async (leg: string, name: string) =>
    (await tool.api(`uuid_getvar ${leg} ${name}`)).trim()
  const leg = await ask(callId, 'bridge_uuid')
  return { leg, agent: await ask(leg, 'acd_agent'), back: await ask(leg, 'bridge_uuid') }
}
