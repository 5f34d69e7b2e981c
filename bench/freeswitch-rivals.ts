import { randomUUID } from 'node:crypto'
import { EslTool } from '../engine/integration/esl-tool.ts'
import type { RunningFreeSwitch } from '../engine/integration/freeswitch.ts'

export const agentCount = 200

const modules = (more: string) => `<configuration name="modules.conf"><modules>
  <load module="mod_event_socket"/><load module="mod_commands"/><load module="mod_dptools"/>
  <load module="mod_dialplan_xml"/><load module="mod_loopback"/><load module="mod_tone_stream"/>
  <load module="mod_sndfile"/><load module="mod_local_stream"/>${more}
</modules></configuration>
`

/** The configuration for all distributors: no SIP, enough sessions for the burst, a number that only answers and parks. */
export const overlay = {
  'autoload_configs/modules.conf.xml': modules(''),
  'autoload_configs/switch.conf.xml': `<configuration name="switch.conf"><settings>
  <param name="max-sessions" value="5000"/><param name="sessions-per-second" value="1000"/>
  <param name="loglevel" value="warning"/>
</settings></configuration>
`,
} as const

/** A usual configuration of mod_callcenter, without wrap-up and music, as for the engine. */
export const callCenterModule = {
  'autoload_configs/modules.conf.xml': modules('<load module="mod_callcenter"/>'),
  'autoload_configs/callcenter.conf.xml': `<configuration name="callcenter.conf"><settings/>
<queues><queue name="bench@default">
  <param name="strategy" value="longest-idle-agent"/>
  <param name="moh-sound" value="silence"/>
  <param name="time-base-score" value="system"/>
  <param name="max-wait-time" value="0"/>
  <param name="tier-rules-apply" value="false"/>
  <param name="discard-abandoned-after" value="60"/>
  <param name="abandoned-resume-allowed" value="false"/>
</queue></queues><agents/><tiers/></configuration>
`,
  'dialplan/callcenter.xml': `<include>
<extension name="cc"><condition field="destination_number" expression="^8000$">
  <action application="answer"/>
  <action application="callcenter" data="bench@default"/>
</condition></extension>
</include>
`,
} as const

/** Adds the agents to mod_callcenter. */
export async function loadCallCenter({ eslPort, password }: RunningFreeSwitch): Promise<void> {
  const tool = await EslTool.open(eslPort, password, 'HEARTBEAT')
  for (let index = 0; index < agentCount; index++) {
    const agent = `a${index}@default`
    const settings = [
      `add ${agent} callback`,
      `set contact ${agent} {null_enable_auto_answer=true}null/a${index}`,
      `set status ${agent} Available`,
      `set state ${agent} Waiting`,
      `set max_no_answer ${agent} 0`,
      `set wrap_up_time ${agent} 0`,
    ]
    for (const setting of settings) {
      expectOk(await tool.api(`callcenter_config agent ${setting}`))
    }
    expectOk(await tool.api(`callcenter_config tier add bench@default ${agent} 1 1`))
  }
  tool.close()
}

function expectOk(reply: string): void {
  if (!reply.startsWith('+OK')) {
    throw new Error(`mod_callcenter refused its configuration: ${reply}`)
  }
}

/**
 * Starts the simplest possible distributor, which shows the switch's own time: one `bridge`
 * for each `park` while one of `agents` is free, first come first served. It has no queues,
 * no skills and keeps nothing.
 *
 * @returns a function that stops it
 */
export async function floor(
  { eslPort, password }: RunningFreeSwitch,
  agents: number,
): Promise<() => void> {
  const tool = await EslTool.open(eslPort, password, 'CHANNEL_PARK CHANNEL_HANGUP_COMPLETE')
  const waiting: string[] = []
  const served = new Set<string>()
  let free = agents
  const serve = () => {
    while (free > 0) {
      const callId = waiting.shift()
      if (callId === undefined) {
        return
      }
      free -= 1
      served.add(callId)
      const dial = `{origination_uuid=${randomUUID()},null_enable_auto_answer=true}null/agent`
      void tool.command(
        `sendmsg ${callId}\ncall-command: execute\nexecute-app-name: bridge\nexecute-app-arg: ${dial}`,
      )
    }
  }
  tool.listen((event) => {
    const callId = event['Unique-ID'] ?? ''
    if (event['Event-Name'] === 'CHANNEL_PARK' && event['variable_acd_tenant'] !== undefined) {
      waiting.push(callId)
      serve()
    } else if (event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE' && served.delete(callId)) {
      free += 1
      serve()
    }
  })
  return () => tool.close()
}
