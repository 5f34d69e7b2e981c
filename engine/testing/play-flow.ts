import type { CallId, EpochMs } from '../catalogue/ids.ts'
import type { FlowEffect, FlowEvent } from '../flow/flow-event.ts'
import { createFlowRun } from '../flow/flow-run.ts'
import { parseFlow } from '../flow/parse-flow.ts'
import type { Prompt } from '../switch/prompt.ts'
import type { SwitchCommand } from '../switch/switch.ts'

/** What the caller of {@link playFlow} does when asked or recorded: keys to press, `''` for silence, or `hangUp`. */
export type CallerAnswer = string

/** The result of a flow that was played, as the engine's events would report it. */
export interface PlayedFlow {
  /** What `flow.collected` reports, in order; without a value where the engine would not publish it. */
  readonly collected: readonly { readonly name: string; readonly value?: string }[]
  /** The outcome in `flow.ended`. */
  readonly outcome: string
  /** Everything that was played or spoken, in order. */
  readonly said: readonly string[]
}

const hangUp = 'hangUp'
const callId = '00000000-0000-4000-8000-000000000000' as CallId

/**
 * Plays a flow, in the form that a plugin passes to `call.runFlow`, to a simulated
 * caller. For tests of the flows that plugins generate.
 *
 * @param answers the caller's answer each time the flow asks or records, in order: keys, `''` for silence, or `hangUp`. When they are used up, the caller is silent
 * @param values the variables that the flow starts with
 * @throws TypeError with the reason when the definition is not a valid flow
 */
export function playFlow(
  definition: unknown,
  answers: readonly CallerAnswer[] = [],
  values: Readonly<Record<string, string>> = {},
): PlayedFlow {
  const parsed = parseFlow(definition, () => true)
  if (!parsed.ok) {
    const faults = parsed.faults.map(({ path, message }) => `${path} ${message}`)
    throw new TypeError(`not a valid flow: ${faults.join('; ')}`)
  }
  const { flow } = parsed
  const run = createFlowRun({ flow, callId, runId: 'played', variables: values })
  const collected: { readonly name: string; readonly value?: string }[] = []
  const said: string[] = []
  const left = [...answers]
  const events: FlowEvent[] = [{ type: 'started', at: 0 }]
  let outcome = ''
  let at: EpochMs = 0

  const isTold = (name: string) =>
    flow.steps.every(
      ({ action }) => action.type !== 'ask' || action.into !== name || action.isPublic,
    )

  function handle(effect: FlowEffect): void {
    if (effect.type === 'send') {
      const { command } = effect
      said.push(...wordsOf(command))
      const event = answerOf(command, at, () => left.shift() ?? '')
      if (event !== undefined) {
        events.push(event)
      }
    } else if (effect.type === 'collected') {
      const { name, value } = effect
      collected.push(isTold(name) ? { name, value } : { name })
    } else if (effect.type === 'ended') {
      outcome = effect.outcome.type
    }
  }

  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    at += 2_000
    for (const effect of run.handle({ ...event, at })) {
      handle(effect)
    }
  }
  return { collected, outcome, said }
}

/** The switch's answer to a command, with what the caller does. */
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
