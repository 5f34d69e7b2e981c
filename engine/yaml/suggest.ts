/**
 * The candidate that a misspelt `word` most likely means, or `undefined` when none is close. Allows
 * one slip (a letter added, left out, replaced, or two swapped) for every three letters, and
 * ignores case.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const slips = countSlips(word.toLowerCase(), candidate.toLowerCase())
    if (slips < fewest) {
      best = candidate
      fewest = slips
    }
  }
  return best
}

/** A cure that names the likely word, and lists all words when there are few. */
export function offerWords(word: string, candidates: readonly string[]): string {
  const meant = suggest(word, candidates)
  const all =
    candidates.length === 0
      ? 'none are defined'
      : candidates.length <= 12
        ? `known: ${candidates.join(', ')}`
        : `${candidates.length} are known`
  return meant === undefined ? all : `did you mean ${meant}? (${all})`
}

/** Damerau-Levenshtein distance (optimal string alignment). */
function countSlips(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      let slips = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
      )
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        slips = Math.min(slips, at(beforeLast, column - 2) + 1)
      }
      current.push(slips)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
