import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { CallId, SwitchId } from '../catalogue/ids.ts'
import { systemClock } from '../clock.ts'
import { createFreeSwitch } from '../esl/free-switch.ts'
import type { FlowEffect } from '../flow/flow-event.ts'
import { createFlowRun } from '../flow/flow-run.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import { createLogger } from '../log.ts'
import { FlowDriver } from '../rigs/flow-driver.ts'
import type { Switch, SwitchObserver } from '../switch/switch.ts'
import { EslTool, type RawEvent } from './esl-tool.ts'
import type { RunningFreeSwitch } from './freeswitch.ts'

const tone = (ms: number) => `tone_stream://%(${ms},10,440)`
const endless = 'tone_stream://%(2000,100,440);loops=-1'

/** A caller parked on a real switch, and a flow without an engine. */
class FlowRig {
  readonly callId = randomUUID() as CallId
  readonly effects: FlowEffect[] = []
  readonly events: RawEvent[] = []
  readonly tool: EslTool
  readonly link: Switch
  #driver: FlowDriver | undefined
  #isOver = false

  private constructor(tool: EslTool, link: Switch) {
    this.tool = tool
    this.link = link
  }

  static async start(fs: RunningFreeSwitch): Promise<FlowRig> {
    const tool = await EslTool.open(
      fs.eslPort,
      fs.password,
      'CHANNEL_PARK CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE',
    )
    const link = createFreeSwitch({
      id: 'fs' as SwitchId,
      host: '127.0.0.1',
      port: fs.eslPort,
      password: fs.password,
      clock: systemClock,
      log: createLogger('silent'),
      random: Math.random,
    })
    const rig = new FlowRig(tool, link)
    tool.listen((event) => {
      if (event['Unique-ID'] === rig.callId) rig.events.push(event)
    })
    await new Promise<void>((resolve) => link.start(rig.#observer(resolve)))
    await tool.api(
      `originate {origination_uuid=${rig.callId},null_enable_auto_answer=true,origination_caller_id_number=74951234567}null/caller 1000 XML public`,
    )
    await rig.until(() => rig.events.some((event) => event['Event-Name'] === 'CHANNEL_PARK'))
    return rig
  }

  run(json: unknown): void {
    const parsed = parseFlow(json, () => true)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
    const { callId, link } = this
    const run = createFlowRun({ flow: parsed.flow, callId, runId: randomUUID() })
    const told = (effect: FlowEffect) => {
      if (effect.type !== 'send') this.effects.push(effect)
      this.#isOver ||= effect.type === 'ended'
    }
    this.#driver = new FlowDriver({ run, callId, link, clock: systemClock, onEffect: told })
    this.#driver.start()
  }

  /** Presses keys for the caller, shortly after the given question (from 1) was asked. */
  async press(question: number, keys: string): Promise<void> {
    const asked = (event: RawEvent) =>
      event['Event-Name'] === 'CHANNEL_EXECUTE' && event['Application'] === 'read'
    await this.until(() => this.events.filter(asked).length >= question)
    await sleep(300)
    await this.tool.api(`uuid_recv_dtmf ${this.callId} ${keys}`)
  }

  over(): Promise<void> {
    return this.until(() => this.#isOver)
  }

  /** Whether an application is running. */
  isAt(application: string): boolean {
    const count = (name: string) =>
      this.events.filter(
        (event) => event['Event-Name'] === name && event['Application'] === application,
      ).length
    return count('CHANNEL_EXECUTE') > count('CHANNEL_EXECUTE_COMPLETE')
  }

  async until(isTrue: () => boolean): Promise<void> {
    for (let waited = 0; !isTrue(); waited += 10) {
      if (waited > 15_000) {
        throw new Error(`the condition does not hold; effects: ${JSON.stringify(this.effects)}`)
      }
      await sleep(10)
    }
  }

  async stop(): Promise<void> {
    await this.tool.api(`uuid_kill ${this.callId}`)
    await this.link.stop()
    this.tool.close()
  }

  #observer(connected: () => void): SwitchObserver {
    return {
      event: (event) => this.#driver?.handleEvent(event),
      connected,
      disconnected: () => undefined,
    }
  }
}

/** Runs flows on a real switch, each with its own caller. */
export async function flowScenarios(t: Test, fs: RunningFreeSwitch): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-flow-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const scenario = (name: string, talk: (t: Test, rig: FlowRig) => Promise<void>) =>
    t.test(name, async (t) => {
      const rig = await FlowRig.start(fs)
      try {
        await talk(t, rig)
      } finally {
        await rig.stop()
      }
    })

  await scenario('a caller is greeted, asked, recorded and sent to a queue', async (t, rig) => {
    const inbox = join(folder, 'new', 'inbox')
    rig.run({
      steps: [
        { play: [tone(200), tone(100)] },
        {
          name: 'menu',
          menu: { prompt: tone(3_000), keys: { 1: 'out', '#': 'meter' }, into: 'choice' },
        },
        {
          name: 'meter',
          collect: {
            into: 'meter',
            prompt: [tone(200), tone(200)],
            min: 3,
            whenInvalid: tone(100),
          },
        },
        { say: '{meter}', as: 'digits' },
        { play: 'missing.wav' },
        { say: 'hello' },
        { record: { into: 'message', folder: inbox, min: '100ms', max: '1s' } },
        { name: 'out', queue: 'sales' },
      ],
    })
    await rig.press(1, '#')
    await rig.press(2, '12#')
    await rig.press(3, '4711#')
    await rig.over()
    const message = rig.effects.find(
      (effect) => effect.type === 'collected' && effect.name === 'message',
    )
    const path = message?.type === 'collected' ? message.value : ''
    t.strictSame(rig.effects, [
      { type: 'collected', name: 'choice', value: '#' },
      { type: 'collected', name: 'meter', value: '4711' },
      { type: 'fault', step: 'steps[4]', problem: 'promptMissing' },
      { type: 'collected', name: 'message', value: path },
      {
        type: 'ended',
        outcome: { type: 'queue', queue: 'sales' },
        variables: { choice: '#', meter: '4711', message: path },
      },
    ])
    // The switch finishes writing the file some time later.
    await rig.until(() => existsSync(path) && statSync(path).size > 8_000)
  })

  await scenario('a caller who hangs up in the middle ends the flow', async (t, rig) => {
    rig.run({ steps: [{ menu: { prompt: tone(100), keys: { 1: 'end' } } }] })
    await rig.until(() => rig.isAt('read'))
    await sleep(300)
    await rig.tool.api(`uuid_kill ${rig.callId}`)
    await rig.over()
    t.strictSame(rig.effects, [{ type: 'ended', outcome: { type: 'callerGone' }, variables: {} }])
  })

  await scenario('a transfer of the caller in the middle ends the flow', async (t, rig) => {
    rig.run({ steps: [{ play: endless }] })
    await rig.until(() => rig.isAt('playback'))
    await rig.tool.api(`uuid_transfer ${rig.callId} 9000 XML public`)
    await rig.over()
    t.strictSame(rig.effects, [{ type: 'ended', outcome: { type: 'callerGone' }, variables: {} }])
  })

  await scenario('time limits end prompts and questions; the music goes on', async (t, rig) => {
    rig.link.send({ type: 'playMusic', callId: rig.callId, source: endless })
    await rig.until(() => rig.isAt('playback'))
    rig.run({
      timeLimit: '4s',
      whenTimeLimit: 'bye',
      steps: [
        { play: endless, timeLimit: '500ms' },
        { menu: { prompt: endless, keys: { 1: 'end' }, timeLimit: '1s', otherwise: 'wait' } },
        { name: 'wait', menu: { keys: { 1: 'end' }, timeout: '1m' } },
        { name: 'bye', play: tone(200) },
      ],
    })
    const startedAt = systemClock.now()
    await rig.over()
    const tookMs = systemClock.now() - startedAt
    t.ok(tookMs >= 4_200 && tookMs < 5_900, `${tookMs} ms: every limit took effect`)
    t.strictSame(rig.effects, [{ type: 'ended', outcome: { type: 'completed' }, variables: {} }])
    await rig.until(() => !rig.isAt('read'))
    t.ok(rig.isAt('playback'), 'the music')
  })

  await scenario('a message that cannot be recorded does not end the call', async (t, rig) => {
    rig.run({
      steps: [
        { record: { into: 'message', folder: '/proc/nowhere', otherwise: 'sorry' } },
        { name: 'sorry', play: tone(100), bargeIn: true },
      ],
    })
    await rig.over()
    t.strictSame(rig.effects, [
      { type: 'fault', step: 'steps[0]', problem: 'commandFailed' },
      { type: 'ended', outcome: { type: 'completed' }, variables: {} },
    ])
    await rig.until(() => !rig.isAt('playback'))
  })
}
