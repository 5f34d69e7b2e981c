import { setTimeout as sleep } from 'node:timers/promises'
import type { EslTool } from './esl-tool.ts'
import type { Rig } from './rig.ts'

/** Customers who answer when they are dialled, as in customers.ts. */
export const callers = ['79211111111', '79222222222'] as const

/** An agent comes on duty. */
export function login(rig: Rig, agent: string): void {
  const { control } = rig.app.engine.tenants.get('default') ?? {}
  control?.setStatus(agent, { type: 'available' })
}

/** The caller presses keys the moment after being asked. */
export async function press(
  { tool }: { readonly tool: EslTool },
  callId: string,
  keys: string,
): Promise<void> {
  const application = () => tool.api(`uuid_getvar ${callId} current_application`)
  for (let waited = 0; (await application()).trim() !== 'read'; waited += 20) {
    if (waited > 10_000) {
      throw new Error('nobody asks')
    }
    await sleep(20)
  }
  await sleep(200)
  await tool.api(`uuid_recv_dtmf ${callId} ${keys}`)
}

/** @returns the numbers that the switch dials from now on, each as often as it does */
export function watchDials({ tool }: { readonly tool: EslTool }): readonly string[] {
  const dials: string[] = []
  tool.listen((event) => {
    const number = event['Caller-Destination-Number'] ?? ''
    const isDial = event['Event-Name'] === 'CHANNEL_CREATE' && event['Call-Direction'] === 'outbound'
    if (isDial && number.startsWith('79')) {
      dials.push(number)
    }
  })
  return dials
}

/** What the switch says of the leg that a call is joined to: its agent, and what it is joined to. */
export async function joined({ tool }: { readonly tool: EslTool }, callId: string) {
  const ask = async (leg: string, name: string) =>
    (await tool.api(`uuid_getvar ${leg} ${name}`)).trim()
  const leg = await ask(callId, 'bridge_uuid')
  return { leg, agent: await ask(leg, 'acd_agent'), back: await ask(leg, 'bridge_uuid') }
}
