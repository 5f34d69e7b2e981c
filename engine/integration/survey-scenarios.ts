import type { Test } from 'tap'
import { armed, callers, press, until } from './actions.ts'
import { EslTool, type RawEvent } from './esl-tool.ts'
import type { Rig } from './rig.ts'
import type { Scenario } from './scenario.ts'

/** A phone that answers. */
const phone = 'loopback/2001/public'
const tone = (ms: number) => `'tone_stream://%(${ms},10,440)'`
const parting = 'CHANNEL_UNBRIDGE'
const prompt = 'CHANNEL_EXECUTE'
const release = 'CHANNEL_HANGUP_COMPLETE'

const survey = `    plugins:
      survey:
        options:
          surveys:
            service:
              queues: [q]
              notWithin: 0s
              intro: { prompt: ${tone(1_500)}, refuse: '9' }
              questions: [{ name: score, type: csat, prompt: ${tone(1_500)} }]
              thanks: ${tone(200)}
              tries: 1
              timeout: 1s`

function tenant(plugins = ''): string {
  return `    queues:
      q: { wrapUp: 0s, ringTime: 5s, music: 'tone_stream://%(2000,4000,440,480);loops=-1' }
    agents:
      ann: { dial: ${phone}, queues: [q] }
    routes: [{ number: '1000', queue: q }]
${plugins}`
}

const isQuestion = (event: RawEvent) =>
  event['Event-Name'] === prompt && event['Application'] === 'read'

/** The switch's events of a caller after the agent has left, with the times of the switch's clock. */
class Aftermath {
  readonly #tool: EslTool
  readonly #events: RawEvent[] = []

  private constructor(tool: EslTool) {
    this.#tool = tool
  }

  static async watch({ fs }: Rig, callId: string): Promise<Aftermath> {
    const types = [parting, prompt, release].join(' ')
    const tool = await EslTool.open(fs.eslPort, fs.password, types)
    const aftermath = new Aftermath(tool)
    tool.listen((event) => {
      if (event['Unique-ID'] === callId) aftermath.#events.push(event)
    })
    return aftermath
  }

  /** Milliseconds from the agent's leaving to the first such event after it. */
  async msUntil(name: typeof prompt | typeof release): Promise<number> {
    await until(() => this.#msUntil(name) !== undefined)
    return this.#msUntil(name) ?? Number.NaN
  }

  /** Resolves when `count` questions have started. */
  async questions(count: number): Promise<void> {
    await until(() => this.#events.filter(isQuestion).length >= count)
  }

  close(): void {
    this.#tool.close()
  }

  #msUntil(name: string): number | undefined {
    const from = this.#events.findIndex((event) => event['Event-Name'] === parting)
    const later = this.#events.slice(from + 1).find((event) => event['Event-Name'] === name)
    const micros = (event: RawEvent | undefined) => Number(event?.['Event-Date-Timestamp'])
    return from < 0 || later === undefined
      ? undefined
      : (micros(later) - micros(this.#events[from])) / 1_000
  }
}

/** Lets a caller talk to an agent, who hangs up. @param isAsked whether a survey follows */
async function talk(
  rig: Rig,
  isAsked: boolean,
): Promise<{ readonly callId: string; readonly aftermath: Aftermath }> {
  const callId = await rig.call('1000', {}, callers[0])
  await rig.until('call.answered', callId)
  const aftermath = await Aftermath.watch(rig, callId)
  if (isAsked) {
    await armed(rig.app.bus)
  }
  await rig.hangUp(await rig.joinedTo(callId))
  await rig.until('call.completed', callId)
  return { callId, aftermath }
}

/** Lets a caller be asked after a conversation. @returns the call's id after its release */
async function asked(
  t: Test,
  rig: Rig,
  answer: (callId: string, aftermath: Aftermath) => Promise<void>,
): Promise<string> {
  const { callId, aftermath } = await talk(rig, true)
  const promptMs = await aftermath.msUntil(prompt)
  t.ok(promptMs < 1_000, `asked ${promptMs} ms after the agent left`)
  await rig.heard.until('survey.asked', { callId, agent: 'ann', queue: 'q' })
  await answer(callId, aftermath)
  await aftermath.msUntil(release)
  aftermath.close()
  t.equal(rig.agentState('ann'), 'idle')
  return callId
}

/** Scenarios of surveys after a conversation. */
export const surveyScenarios: readonly Scenario[] = [
  {
    name: 'a caller answers the survey when the agent has left',
    tenant: tenant(survey),
    async run(t, rig) {
      const callId = await asked(t, rig, async (callId, aftermath) => {
        // Without a key in the introduction, the question follows.
        await aftermath.questions(2)
        await press(rig, callId, '4')
      })
      const { answers, csat, isComplete } = await rig.heard.until('survey.answered', { callId })
      t.strictSame(
        { answers, csat, isComplete },
        { answers: { score: '4' }, csat: 4, isComplete: true },
      )
    },
  },
  {
    name: 'a caller refuses the survey',
    tenant: tenant(survey),
    async run(t, rig) {
      const callId = await asked(t, rig, (callId) => press(rig, callId, '9'))
      t.match(await rig.heard.until('survey.refused', { callId }), { isOptOut: false })
      t.strictSame(rig.heard.of('survey.answered'), [])
    },
  },
  {
    name: 'a caller who presses nothing is released in time',
    tenant: tenant(survey),
    async run(t, rig) {
      const callId = await asked(t, rig, async () => undefined)
      t.match(await rig.heard.until('survey.abandoned', { callId }), { reason: 'timedOut' })
    },
  },
  {
    name: 'without the survey plugin, a caller is released at once',
    tenant: tenant(),
    async run(t, rig) {
      const { aftermath } = await talk(rig, false)
      const releaseMs = await aftermath.msUntil(release)
      aftermath.close()
      t.ok(releaseMs < 1_000, `released ${releaseMs} ms after the agent left`)
    },
  },
]
