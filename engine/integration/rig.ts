import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type App, startApp } from '../app.ts'
import type { EngineEvent, EventData, EventType } from '../catalogue/events/events.ts'
import type { EngineConfig } from '../config/engine-config.ts'
import { parseConfig } from '../config/parse-config.ts'
import type { Logger } from '../log.ts'
import { loadPlugins } from '../plugin/load-plugins.ts'
import { EslTool } from './esl-tool.ts'
import type { RunningFreeSwitch } from './freeswitch.ts'
import { HeardEvents } from './heard-events.ts'

/** Files to overlay on freeswitch-conf/: phones, and an extension to overflow to. */
export const testOverlay = {
  'dialplan/test-phones.xml': `<include>
<extension name="answers"><condition field="destination_number" expression="^2\\d{3}$">
  <action application="ring_ready"/><action application="sleep" data="100"/>
  <action application="answer"/><action application="park"/>
</condition></extension>
<extension name="never-answers"><condition field="destination_number" expression="^3\\d{3}$">
  <action application="ring_ready"/><action application="sleep" data="60000"/>
</condition></extension>
<extension name="busy"><condition field="destination_number" expression="^4\\d{3}$">
  <action application="hangup" data="USER_BUSY"/>
</condition></extension>
<extension name="rejects"><condition field="destination_number" expression="^5\\d{3}$">
  <action application="ring_ready"/><action application="sleep" data="200"/>
  <action application="hangup" data="CALL_REJECTED"/>
</condition></extension>
<extension name="impatient"><condition field="destination_number" expression="^6000$">
  <action application="set" data="acd_tenant=default"/><action application="answer"/>
  <action application="sched_transfer" data="+1 9000 XML public"/><action application="park"/>
</condition></extension>
<extension name="elsewhere"><condition field="destination_number" expression="^9000$">
  <action application="playback" data="tone_stream://%(1000,0,440);loops=-1"/>
</condition></extension>
</include>
`,
  'autoload_configs/switch.conf.xml': `<configuration name="switch.conf"><settings>
  <param name="max-sessions" value="5000"/><param name="sessions-per-second" value="1000"/>
  <param name="loglevel" value="warning"/>
  <param name="rtp-start-port" value="16384"/><param name="rtp-end-port" value="32768"/>
</settings></configuration>
`,
} as const

/** The dial string of a phone that answers at once and has no media. */
export const quickPhone = (name: string): string => `{null_enable_auto_answer=true}null/${name}`

/** The default caller number. */
const someCaller = '74951234567'

/** Places a call. @returns the call's id */
export type PlaceCall = (
  number: string,
  variables: Readonly<Record<string, string>>,
  callerNumber: string,
) => string

/** A switch to test on. */
export interface TestSwitch extends Pick<RunningFreeSwitch, 'eslPort' | 'password'> {
  /** Places a call. Without it, the switch is told to call itself. */
  readonly place?: PlaceCall
}

const eventsSeen =
  'CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_PARK CHANNEL_BRIDGE CHANNEL_HANGUP_COMPLETE'

/** An engine on a switch, the calls of a test, and everything that was published. */
export class Rig {
  readonly app: App
  readonly tool: EslTool
  readonly fs: TestSwitch
  /** The events of the engine and of plugins. */
  readonly heard: HeardEvents

  private constructor(app: App, fs: TestSwitch, tool: EslTool, heard: HeardEvents) {
    this.app = app
    this.fs = fs
    this.tool = tool
    this.heard = heard
  }

  /**
   * Resolves when the engine and the plugins of the tenant are running.
   *
   * @param tenant YAML of the tenant `default`, indented by four spaces
   */
  static async start(fs: TestSwitch, tenant: string): Promise<Rig> {
    const config = configure(configText(fs, tenant), fs)
    const plugins = await loadPlugins(config.tenants.values())
    const { log, ready } = listenForPlugins(plugins.length)
    const app = await startApp(config, { log, plugins })
    const heard = await HeardEvents.listen(app.bus)
    await new Promise<void>((resolve) => app.engine.onceReady(resolve))
    await ready
    const tool = await openTool(fs)
    return new Rig(app, fs, tool, heard)
  }

  /** Hangs up all channels and stops the engine. */
  async stop(): Promise<void> {
    await this.tool.api('hupall')
    await this.app.stop()
    this.tool.close()
  }

  /** Places a call. Resolves to the call's id when the switch has answered it. */
  call(
    number = '1000',
    variables: Readonly<Record<string, string>> = {},
    callerNumber?: string,
  ): Promise<string> {
    return dialIn(this, number, variables, callerNumber)
  }

  /** Places a call over SIP. Resolves to the id of the inbound channel. */
  async callOverSip(sipPort: number): Promise<string> {
    const known = this.#arrived().length
    void this.tool.command(`bgapi originate sofia/switchyard/1000@127.0.0.1:${sipPort} &park()`)
    for (let waited = 0; waited < 5_000; waited += 10) {
      const callId = this.#arrived()[known]
      if (callId !== undefined) {
        return callId
      }
      await sleep(10)
    }
    throw new Error('no call arrived over SIP')
  }

  async hangUp(legId: string): Promise<void> {
    await this.tool.api(`uuid_kill ${legId}`)
  }

  /** The leg that a channel is joined to. */
  async joinedTo(callId: string): Promise<string> {
    return (await this.tool.api(`uuid_getvar ${callId} bridge_uuid`)).trim()
  }

  /** Waits for the `count`th event of a type for a call, which may already have been published. */
  async until<T extends EventType>(type: T, callId: string, count = 1): Promise<EventData<T>> {
    for (let waited = 0; waited < 20_000; waited += 10) {
      const found = this.of(callId).filter((event) => event.type === type)
      const last = found[count - 1]
      if (last !== undefined) {
        return last.data as EventData<T>
      }
      await sleep(10)
    }
    throw new Error(`no ${type} for the call; there were ${this.story(callId).join(', ')}`)
  }

  /** All events of a call, oldest first. */
  of(callId: string): readonly EngineEvent[] {
    return this.heard.ofEngine.filter(({ data }) => 'callId' in data && data.callId === callId)
  }

  /** What happened to a call, in short: its events without those of agents. */
  story(callId: string): readonly string[] {
    return this.of(callId).flatMap((event) => {
      switch (event.type) {
        case 'agent.stateChanged':
          return []
        case 'call.offered':
        case 'call.answered':
          return [`${event.type} ${event.data.agent}`]
        case 'call.offerEnded':
          return [`${event.type} ${event.data.agent} ${event.data.outcome}`]
        case 'call.completed':
          return [`${event.type} by ${event.data.endedBy}`]
        default:
          return [event.type]
      }
    })
  }

  #arrived(): readonly string[] {
    return this.heard.ofEngine.flatMap((event) =>
      event.type === 'call.arrived' ? [event.data.callId] : [],
    )
  }

  agentState(agentId: string): string | undefined {
    return this.app.engine.tenants.get('default')?.acd.agentState(agentId as never)
  }

  /** The switch's own count of channels, once it is `expected` or after 5 s. */
  channels(expected = 0): Promise<number> {
    return countChannels(this.tool, expected)
  }
}

/** Builds a configuration with the tenant `default` on a switch. @param more YAML at the top level */
export function configText({ eslPort }: TestSwitch, tenant: string, more = ''): string {
  return `ops: { host: 127.0.0.1, port: 0 }
${more}
switches:
  fs: { host: 127.0.0.1, port: ${eslPort}, password: { env: ESL_PASSWORD } }
tenants:
  default:
${tenant}
`
}

/** Parses a configuration. @throws Error with all faults */
export function configure(text: string, { password }: TestSwitch): EngineConfig {
  const parsed = parseConfig(text, {
    path: '/test.yaml',
    env: { ESL_PASSWORD: password },
    readFile: () => '',
  })
  if (!parsed.ok) {
    throw new Error(parsed.faults.map(({ line, message }) => `${line}: ${message}`).join('; '))
  }
  return parsed.config
}

/** Opens a second client of the switch. */
export function openTool({ eslPort, password }: TestSwitch): Promise<EslTool> {
  return EslTool.open(eslPort, password, eventsSeen)
}

/** Places a call. Resolves to the call's id when the switch has answered it. */
export async function dialIn(
  { fs, tool }: { readonly fs: TestSwitch; readonly tool: EslTool },
  number: string,
  variables: Readonly<Record<string, string>>,
  callerNumber = someCaller,
): Promise<string> {
  if (fs.place !== undefined) {
    return fs.place(number, variables, callerNumber)
  }
  const callId = randomUUID()
  const all = {
    origination_uuid: callId,
    null_enable_auto_answer: 'true',
    // The switch shows the callee of a leg that it placed as its caller.
    origination_callee_id_number: callerNumber,
    origination_caller_id_number: callerNumber,
    ...variables,
  }
  const text = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  const reply = await tool.api(`originate {${text.join(',')}}null/caller ${number} XML public`)
  if (!reply.startsWith('+OK')) {
    throw new Error(`the switch did not place the call: ${reply}`)
  }
  return callId
}

/** The switch's own count of channels, once it is `expected` or after 5 s. */
export async function countChannels(tool: EslTool, expected: number): Promise<number> {
  let count = -1
  for (let waited = 0; waited < 5_000 && count !== expected; waited += 50) {
    count = Number(/^(\d+) total/m.exec(await tool.api('show channels count'))?.[1] ?? -1)
    if (count !== expected) {
      await sleep(50)
    }
  }
  return count
}

/** Creates a log that reports when `count` plugins run. Plugins in the engine's process report it nowhere else. */
function listenForPlugins(count: number): { readonly log: Logger; readonly ready: Promise<void> } {
  let left = count
  let tell: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    tell = resolve
  })
  const hear = (message: string) => {
    left -= message === 'plugin is running' ? 1 : 0
    if (left === 0) tell()
  }
  hear('')
  const nobody = () => undefined
  const info = (_fields: object, message: string) => hear(message)
  return { ready, log: { debug: nobody, info, warn: nobody, error: nobody } }
}
