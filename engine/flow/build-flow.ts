import type { Cases, Flow, FlowAction, LocalPrompt, Target } from './flow.ts'
import type { FlowFile } from './flow-schema.ts'
import type { PromptFile } from './prompt-schema.ts'
import { namesOf } from './step-targets.ts'

type StepFile = FlowFile['steps'][number]

const defaultTimeLimitMs = 600_000

/** The parts of a flow that the conversion of a step needs. */
interface StepContext {
  readonly language: string
  /** The step that follows by default. */
  readonly next: Target
  to(name: string): Target
}

/** Converts a valid flow to the form that can be run. */
export function buildFlow(file: FlowFile): Flow {
  const { language, steps, whenTimeLimit } = file
  const names = namesOf(steps)
  const to = (name: string): Target => (name === 'end' ? undefined : names.get(name))
  return {
    language,
    timeLimitMs: file.timeLimit ?? defaultTimeLimitMs,
    whenTimeLimit: whenTimeLimit === undefined ? undefined : to(whenTimeLimit),
    steps: steps.map((step, index) => {
      const following = index + 1 < steps.length ? index + 1 : undefined
      const next = step.next === undefined ? following : to(step.next)
      return {
        name: step.name ?? `steps[${index}]`,
        action: buildAction(step, { language, next, to }),
      }
    }),
  }
}

function buildAction(step: StepFile, around: StepContext): FlowAction {
  const { play, say, menu, collect, record, when, queue, transfer, hangup, goto } = step
  const { next, to, language } = around
  if (play !== undefined || say !== undefined) {
    return {
      type: 'say',
      prompt:
        play === undefined ? spoken(say ?? '', step.as, language) : localPrompt(play, language),
      spokenAs: step.as,
      canSkip: step.bargeIn ?? false,
      timeLimitMs: step.timeLimit,
      next,
    }
  }
  if (menu !== undefined || collect !== undefined) {
    return buildAsk(step, around)
  }
  if (record !== undefined) {
    return {
      type: 'record',
      prompt: optionalPrompt(record.prompt, language),
      beep: localPrompt(record.beep, language),
      into: record.into,
      folder: record.folder.replace(/\/$/, ''),
      minMs: record.min,
      maxMs: record.max,
      endKeys: record.endKeys,
      next,
      otherwise: way(record.otherwise, to),
    }
  }
  if (when !== undefined) {
    const { variable, is, otherwise } = when
    const rest = otherwise === undefined ? next : to(otherwise)
    return { type: 'choose', variable, cases: cases(is, to), next: rest }
  }
  if (step.language !== undefined) {
    return { type: 'speak', language: step.language, next }
  }
  if (queue !== undefined) {
    return { type: 'leave', way: { type: 'queue', queue } }
  }
  if (transfer !== undefined) {
    return { type: 'leave', way: { type: 'transfer', ...transfer } }
  }
  return hangup === undefined
    ? { type: 'go', next: goto === undefined ? next : to(goto) }
    : { type: 'leave', way: { type: 'hangup', cause: hangup } }
}

function buildAsk({ menu, collect }: StepFile, { language, next, to }: StepContext): FlowAction {
  const asked = menu ?? collect
  if (asked === undefined) {
    return { type: 'go', next }
  }
  return {
    type: 'ask',
    prompt: optionalPrompt(asked.prompt, language),
    into: asked.into,
    isPublic: collect?.publish ?? true,
    keys: menu === undefined ? undefined : cases(menu.keys, to),
    minDigits: collect?.min ?? 1,
    maxDigits: collect === undefined ? 1 : Math.max(collect.min, collect.max),
    pattern: collect?.pattern,
    endKeys: collect?.endKeys ?? '',
    canInterrupt: asked.bargeIn,
    tries: asked.tries,
    firstDigitMs: asked.timeout,
    nextDigitMs: collect?.digitTimeout ?? asked.timeout,
    whenInvalid: optionalPrompt(asked.whenInvalid, language),
    whenSilent: optionalPrompt(asked.whenSilent, language),
    timeLimitMs: asked.timeLimit,
    next,
    otherwise: way(asked.otherwise, to),
  }
}

function way(name: string | undefined, to: StepContext['to']) {
  return name === undefined ? undefined : { next: to(name) }
}

function cases(file: Readonly<Record<string, string>>, to: StepContext['to']): Cases {
  return new Map(Object.entries(file).map(([value, name]) => [value, to(name)]))
}

function optionalPrompt(file: PromptFile | undefined, language: string): LocalPrompt | undefined {
  return file === undefined ? undefined : localPrompt(file, language)
}

function localPrompt(file: PromptFile, language: string): LocalPrompt {
  const listOf = (sources: string | string[]) => (typeof sources === 'string' ? [sources] : sources)
  return typeof file === 'string' || Array.isArray(file)
    ? new Map([[language, listOf(file)]])
    : new Map(Object.entries(file).map(([code, sources]) => [code, listOf(sources)]))
}

/** The sources of `say`: a text gets the prefix `say:`, a value (`as`) does not. */
function spoken(
  file: NonNullable<StepFile['say']>,
  as: StepFile['as'],
  language: string,
): LocalPrompt {
  const prefix = as === undefined ? 'say:' : ''
  const texts = typeof file === 'string' ? { [language]: file } : file
  return new Map(Object.entries(texts).map(([code, text]) => [code, [`${prefix}${text}`]]))
}
