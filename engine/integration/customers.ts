import { readFileSync } from 'node:fs'
import type { CustomerPlan } from '../sim/customer-phones.ts'

/**
 * Customers that a switch can dial, the same on a real and on the simulated switch. The third
 * digit of the number decides what a customer does: 79, the digit, any other digits.
 */
const plans: Readonly<
  Record<string, { readonly sim: Partial<CustomerPlan>; readonly real: readonly string[] }>
> = {
  /** Lets it ring for 4 s, answers and stays. */
  '0': {
    sim: { fate: 'answers', afterMs: 4_000 },
    real: ['ring_ready', 'sleep 4000', 'answer', 'park'],
  },
  /** Answers and stays. */
  '2': {
    sim: { fate: 'answers' },
    real: ['ring_ready', 'sleep 100', 'answer', 'park'],
  },
  /** Lets it ring. */
  '3': { sim: { fate: 'letsItRing' }, real: ['ring_ready', 'sleep 60000'] },
  '4': { sim: { fate: 'isBusy' }, real: ['hangup USER_BUSY'] },
  '5': {
    sim: { fate: 'rejects' },
    real: ['ring_ready', 'sleep 200', 'hangup CALL_REJECTED'],
  },
  /** Is busy the first time, and answers after that: see {@link isBusyAtFirst}. */
  '6': {
    sim: { fate: 'answers' },
    real: [`set_global busy_\${destination_number}=once`, 'hangup USER_BUSY'],
  },
  /** Answers, and hangs up one second later. */
  '7': {
    sim: { fate: 'answers', patienceMs: 1_000, talkMs: 1_000 },
    real: ['ring_ready', 'sleep 100', 'answer', 'sleep 1000', 'hangup'],
  },
  /** Answers, presses 5 and stays. */
  '8': {
    sim: { fate: 'answers' },
    real: ['ring_ready', 'sleep 100', 'answer', 'sleep 1000', 'send_dtmf 5', 'park'],
  },
}

/** The dial string of a customer, through the gateway of the carrier. */
export function customerDial(number: string): string {
  return `sofia/gateway/sim/${number}`
}

/** The plan of a simulated customer, for `createCustomerPhones`. */
export function customerPlan(number: string): Partial<CustomerPlan> {
  const plan = plans[number[2] ?? '']?.sim ?? { fate: 'isUnreachable' as const }
  return { afterMs: 100, patienceMs: Number.POSITIVE_INFINITY, talkMs: 60_000, ...plan }
}

/** Whether a customer is busy at the first call. Simulated plans do not know how often a customer was called. */
export function isBusyAtFirst(number: string): boolean {
  return number[2] === '6'
}

/** The keys that a simulated customer presses when asked. */
export function customerKeys(_prompt: string, number: string): string | undefined {
  return number[2] === '8' ? '5' : undefined
}

/** Files to overlay on freeswitch-conf/: a gateway that leads back to the switch itself, and the customers behind it. */
export function customerOverlay(): Readonly<Record<string, string>> {
  const path = 'sip_profiles/switchyard.xml'
  const profile = readFileSync(`freeswitch-conf/${path}`, 'utf8')
  const gateway = `  <gateways><gateway name="sim">
    <param name="proxy" value="127.0.0.1:$\${sip_port}"/><param name="register" value="false"/>
    <param name="caller-id-in-from" value="true"/>
  </gateway></gateways>
`
  const extensions = Object.entries(plans).map(([digit, { real }]) => {
    const actions = real.map((line) => {
      const [application, data = ''] = line.split(' ')
      return `<action application="${application}" data="${data}"/>`
    })
    return `<extension name="customer-${digit}"><condition field="destination_number" expression="^79${digit}\\d*$">
  ${actions.join('')}
</condition></extension>`
  })
  const again = `<extension name="customer-6-again">
  <condition field="destination_number" expression="^796\\d*$"/>
  <condition field="\${busy_\${destination_number}}" expression="^once$">
    <action application="ring_ready"/><action application="answer"/><action application="park"/>
  </condition>
</extension>`
  return {
    [path]: profile.replace('  <settings>', () => `${gateway}  <settings>`),
    'dialplan/customers.xml': `<include>\n${[again, ...extensions].join('\n')}\n</include>\n`,
  }
}
