import type { CallId, EpochMs } from '../catalogue/ids.ts'
import type { FlowEffect, FlowEvent } from '../flow/flow-event.ts'
import { createFlowRun } from '../flow/flow-run.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import type { Prompt } from '../switch/prompt.ts'
import type { SwitchCommand } from '../switch/switch.ts'

/** What the caller of a {@link playFlow} does when asked or recorded: presses keys, `''` says nothing, or hangs up. */
export type CallerAnswer = string

/** What is heard of a flow that was played, as the engine's events tell it. */
export interface PlayedFlow {
  /** `flow.collected`, in order; without a value where the engine would not tell it. */
  readonly collected: readonly { readonly name: string; readonly value?: string }[]
  /** Of `flow.ended`. */
  readonly outcome: string
  /** Everything that was said, in order. */
  readonly said: readonly string[]
}

const hangUp = 'hangUp'
const callId = '00000000-0000-4000-8000-000000000000' as CallId

/**
 * Plays a flow, as a plugin gives it to `call.runFlow`, to a caller who does as
 * told: for tests of the flows that plugins write.
 *
 * @param answers for each time it is asked or recorded, in order: keys, `''` for silence, or `hangUp`; silence when they are used up
 * @param values what the flow is started with
 * @throws TypeError when it is no flow, saying why
 */
export function playFlow(
  definition: unknown,
  answers: readonly CallerAnswer[] = [],
  values: Readonly<Record<string, string>> = {},
): PlayedFlow {
  const parsed = parseFlow(definition, () => true)
  if (!parsed.ok) {
    const faults = parsed.faults.map(({ path, message }) => `${path} ${message}`)
    throw new TypeError(`no flow: ${faults.join('; ')}`)
  }
  const { flow } = parsed
  const run = createFlowRun({ flow, callId, runId: 'played', variables: values })
  const collected: { readonly name: string; readonly value?: string }[] = []
  const said: string[] = []
  const left = [...answers]
  const facts: FlowEvent[] = [{ type: 'started', at: 0 }]
  let outcome = ''
  let at: EpochMs = 0

  const isTold = (name: string) =>
    flow.steps.every(
      ({ action }) => action.type !== 'ask' || action.into !== name || action.isPublic,
    )

  function hear(effect: FlowEffect): void {
    if (effect.type === 'send') {
      const { command } = effect
      said.push(...wordsOf(command))
      const fact = answerOf(command, at, () => left.shift() ?? '')
      if (fact !== undefined) {
        facts.push(fact)
      }
    } else if (effect.type === 'collected') {
      const { name, value } = effect
      collected.push(isTold(name) ? { name, value } : { name })
    } else if (effect.type === 'ended') {
      outcome = effect.outcome.type
    }
  }

  for (let fact = facts.shift(); fact !== undefined; fact = facts.shift()) {
    at += 2_000
    for (const effect of run.handle({ ...fact, at })) {
      hear(effect)
    }
  }
  return { collected, outcome, said }
}

/** What the switch says to a command, when the caller is asked and does so. */
function answerOf(
  command: SwitchCommand,
  at: EpochMs,
  answer: () => CallerAnswer,
): FlowEvent | undefined {
  switch (command.type) {
    case 'playPrompt':
      return { type: 'promptEnded', promptId: command.promptId, outcome: 'played', at }
    case 'askDigits': {
      const digits = answer()
      return digits === hangUp
        ? { type: 'callerGone', at }
        : { type: 'digitsCollected', promptId: command.promptId, digits, at }
    }
    case 'recordCaller':
      return answer() === hangUp
        ? { type: 'callerGone', at }
        : { type: 'promptEnded', promptId: command.promptId, outcome: 'played', at }
    default:
      return undefined
  }
}

function wordsOf(command: SwitchCommand): readonly string[] {
  return 'prompt' in command && command.prompt !== undefined ? textOf(command.prompt) : []
}

function textOf(prompt: Prompt): readonly string[] {
  switch (prompt.type) {
    case 'files':
      return prompt.files
    case 'speech':
      return [prompt.text]
    case 'phrase':
      return [prompt.name]
    case 'value':
      return [prompt.value]
  }
}
