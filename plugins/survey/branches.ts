/** The part of a question that determines where its answers lead. */
export interface Branching {
  readonly name: string
  readonly type: 'csat' | 'nps' | 'scale' | 'yesNo' | 'open'
  /** The lowest answer of a scale. */
  readonly least: number
  readonly most: number
  readonly isOptional: boolean
  readonly next: Readonly<Record<string, string>>
}

/** The lowest and the highest answer; undefined for a recording. */
export function rangeOf({ type, least, most }: Branching): readonly [number, number] | undefined {
  switch (type) {
    case 'csat':
      return [1, 5]
    case 'nps':
      return [0, 10]
    case 'yesNo':
      return [1, 2]
    case 'scale':
      return [least, most]
    case 'open':
      return undefined
  }
}

/** All possible answers in order; none for a recording. */
export function answersOf(question: Branching): readonly string[] {
  const [least, most] = rangeOf(question) ?? [1, 0]
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => String(least + index))
}

/** The questions that a caller can reach, the first one included. */
export function reachableQuestions(questions: readonly Branching[]): ReadonlySet<string> {
  const reached = new Set(questions.slice(0, 1).map(({ name }) => name))
  for (const [index, question] of questions.entries()) {
    const following = questions[index + 1]?.name ?? 'end'
    if (reached.has(question.name)) {
      const ways = answersOf(question).map((answer) => question.next[answer] ?? following)
      const isPassable = question.isOptional || question.type === 'open'
      for (const way of isPassable ? [...ways, following] : ways) {
        reached.add(way)
      }
    }
  }
  return reached
}
