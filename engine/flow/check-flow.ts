import type { z } from 'zod'
import { refusal } from '../yaml/scalars.ts'
import { offerWords } from '../yaml/suggest.ts'
import type { PromptFile } from './prompt-schema.ts'
import { type ActionName, actionsOf, asksCaller, takesTime } from './step-rules.ts'
import { namesOf, type StepShape, targetsOf } from './step-targets.ts'

interface FlowShape {
  readonly language: string
  readonly timeLimit?: number | undefined
  readonly whenTimeLimit?: string | undefined
  readonly steps: readonly StepShape[]
}

type Context = z.core.$RefinementCtx
type Path = (string | number)[]

/**
 * Refuses a flow with targets that do not exist, unreachable steps, endless loops, or prompts
 * without the flow's language.
 */
export function checkFlow(flow: FlowShape, context: Context): void {
  const { steps } = flow
  const report = (path: Path, message: string, cure: string): void =>
    context.addIssue({ code: 'custom', path, message: refusal(message, cure) })
  if (steps.length === 0) {
    report(['steps'], 'is empty', 'add a step, for example { play: welcome.wav }')
    return
  }
  const names = namesOf(steps)
  reportNames(flow, names, report)
  reportMissingLanguage(flow, report)
  const ways = steps.map((step, index) =>
    targetsOf(step, index, steps.length).flatMap(({ to }) =>
      typeof to === 'string' ? (names.get(to) ?? []) : (to ?? []),
    ),
  )
  const last = flow.whenTimeLimit === undefined ? undefined : names.get(flow.whenTimeLimit)
  const reached = reachable(ways, last === undefined ? [0] : [0, last])
  for (const [index] of steps.entries()) {
    if (!reached.has(index)) {
      report(
        ['steps', index],
        'no step leads here',
        'give it a name and lead to it from another step, or remove it',
      )
    }
  }
  reportLoops(flow, ways, report)
}

type ReportFault = (path: Path, message: string, cure: string) => void

function reportNames(
  { steps, whenTimeLimit }: FlowShape,
  names: ReadonlyMap<string, number>,
  report: ReportFault,
): void {
  const known = [...names.keys(), 'end']
  const check = (path: Path, to: string): void => {
    if (to !== 'end' && !names.has(to)) {
      report(path, `there is no step ${to}`, offerWords(to, known))
    }
  }
  if (whenTimeLimit !== undefined) {
    check(['whenTimeLimit'], whenTimeLimit)
  }
  for (const [index, step] of steps.entries()) {
    if (step.name !== undefined && names.get(step.name) !== index) {
      report(
        ['steps', index, 'name'],
        `another step also has the name ${step.name}`,
        'give it a different name',
      )
    }
    for (const { path, to } of targetsOf(step, index, steps.length)) {
      if (typeof to === 'string') {
        check(['steps', index, ...path], to)
      }
    }
  }
}

/** A prompt by language must have the flow's language, which is the fallback for every caller. */
function reportMissingLanguage({ steps, language }: FlowShape, report: ReportFault): void {
  for (const [index, step] of steps.entries()) {
    for (const { path, prompt } of promptsOf(step)) {
      if (typeof prompt === 'object' && !Array.isArray(prompt) && !(language in prompt)) {
        const cure = 'add it, or set the language of the flow to one that all its prompts have'
        report(['steps', index, ...path], `has no ${language}, the language of the flow`, cure)
      }
    }
  }
}

function promptsOf(step: StepShape): { path: Path; prompt: PromptFile }[] {
  const found: { path: Path; prompt: PromptFile | undefined }[] = [
    { path: ['play'], prompt: step.play },
    { path: ['say'], prompt: step.say },
  ]
  for (const action of ['menu', 'collect', 'record'] as const) {
    for (const name of ['prompt', 'beep', 'whenInvalid', 'whenSilent'] as const) {
      found.push({ path: [action, name], prompt: step[action]?.[name] })
    }
  }
  return found.flatMap(({ path, prompt }) => (prompt === undefined ? [] : [{ path, prompt }]))
}

/** A loop must wait for the caller, or take time in a flow with an explicit time limit. */
function reportLoops(
  { steps, timeLimit }: FlowShape,
  ways: readonly (readonly number[])[],
  report: ReportFault,
): void {
  const does = (index: number, what: ReadonlySet<ActionName>): boolean =>
    actionsOf(steps[index] ?? {}).some((action) => what.has(action))
  const breaks = timeLimit === undefined ? asksCaller : takesTime
  const open = ways.map((next, index) => (does(index, breaks) ? [] : next))
  for (const [index, next] of open.entries()) {
    if (reachable(open, next).has(index)) {
      const isIdle = !steps.some((_, at) => does(at, takesTime))
      const cure =
        isIdle || timeLimit !== undefined
          ? 'lead out of the loop from one of its steps'
          : 'lead out of the loop from one of its steps, ask the caller something, or give the flow a timeLimit'
      report(['steps', index], 'is in a loop that never waits for the caller', cure)
      return
    }
  }
}

function reachable(
  ways: readonly (readonly number[])[],
  from: readonly number[],
): ReadonlySet<number> {
  const reached = new Set<number>()
  const open = [...from]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (!reached.has(index)) {
      reached.add(index)
      open.push(...(ways[index] ?? []))
    }
  }
  return reached
}
