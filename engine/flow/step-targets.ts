import type { PromptFile } from './prompt-schema.ts'

/** The part of a step that shows where it leads and what it plays. */
export interface StepShape extends Readonly<Record<string, unknown>> {
  readonly name?: string | undefined
  readonly play?: PromptFile | undefined
  readonly say?: PromptFile | undefined
  readonly menu?: QuestionShape | undefined
  readonly collect?: QuestionShape | undefined
  readonly record?: QuestionShape | undefined
  readonly when?:
    | { readonly is: Readonly<Record<string, string>>; readonly otherwise?: string | undefined }
    | undefined
  readonly goto?: string | undefined
  readonly next?: string | undefined
}

interface QuestionShape {
  readonly prompt?: PromptFile | undefined
  readonly beep?: PromptFile | undefined
  readonly whenInvalid?: PromptFile | undefined
  readonly whenSilent?: PromptFile | undefined
  readonly keys?: Readonly<Record<string, string>> | undefined
  readonly otherwise?: string | undefined
}

/** One way out of a step: to a step by name or index, or to the end (undefined). */
interface StepTarget {
  /** Where the step states it; empty for the default successor. */
  readonly path: (string | number)[]
  readonly to: string | number | undefined
}

/** All ways out of a step, including the defaults. */
export function targetsOf(step: StepShape, index: number, count: number): readonly StepTarget[] {
  const next: StepTarget =
    step.next === undefined
      ? { path: [], to: index + 1 < count ? index + 1 : undefined }
      : { path: ['next'], to: step.next }
  const { menu, collect, record, when } = step
  const otherwise = (name: string, to: string | undefined): StepTarget[] =>
    to === undefined ? [] : [{ path: [name, 'otherwise'], to }]
  if (menu !== undefined) {
    return [...entries(['menu', 'keys'], menu.keys ?? {}), ...otherwise('menu', menu.otherwise)]
  }
  if (when !== undefined) {
    const rest = otherwise('when', when.otherwise)
    return [...entries(['when', 'is'], when.is), ...(rest.length > 0 ? rest : [next])]
  }
  if (step.goto !== undefined) {
    return [{ path: ['goto'], to: step.goto }]
  }
  if (
    step['queue'] !== undefined ||
    step['transfer'] !== undefined ||
    step['hangup'] !== undefined
  ) {
    return []
  }
  return [
    next,
    ...otherwise('collect', collect?.otherwise),
    ...otherwise('record', record?.otherwise),
  ]
}

function entries(path: string[], ways: Readonly<Record<string, string>>): StepTarget[] {
  return Object.entries(ways).map(([key, to]) => ({ path: [...path, key], to }))
}

/** The index of each named step. The first one wins if two have the same name. */
export function namesOf(steps: readonly StepShape[]): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  for (const [index, { name }] of steps.entries()) {
    if (name !== undefined && !names.has(name)) {
      names.set(name, index)
    }
  }
  return names
}
