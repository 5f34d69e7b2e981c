import type { z } from 'zod'
import type { Report } from './document.ts'
import type { Path } from './fault.ts'
import { quote } from './scalars.ts'
import { offerWords } from './suggest.ts'

type Issue = z.core.$ZodIssue

/** Reports what a value of the file's schema lacks, has too much, or has wrong. */
export function reportShape(issues: readonly Issue[], report: Report, base: Path = []): void {
  for (const issue of issues) {
    const path = [...base, ...issue.path.map(step)]
    if (issue.code === 'unrecognized_keys') {
      reportUnknownKeys(issue.keys, issue.message.split(' '), path, report)
    } else if (issue.code === 'invalid_union') {
      reportShape(likeliest(issue.errors), report, path)
    } else {
      // The words of a name that cannot be a key are those of the key's own rule.
      const message =
        issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? '') : issue.message
      const [what = '', cure = ''] = message.split('\n')
      report(path, what, cure, { at: issue.code === 'invalid_key' ? 'key' : 'value' })
    }
  }
}

function reportUnknownKeys(
  keys: readonly string[],
  known: readonly string[],
  path: Path,
  report: Report,
): void {
  for (const key of keys) {
    // Where a secret is due, what looks like a key may be the secret.
    if (known.join() === 'env,file') {
      report(path, 'not a reference to a secret', 'write { env: NAME } or { file: PATH }', {
        at: 'key',
      })
    } else if (key === '<<') {
      report(
        [...path, key],
        'merge keys are not read',
        'repeat the value, or use an alias (*name) for all of it',
        { at: 'key' },
      )
    } else {
      report([...path, key], `unknown key ${quote(key)}`, offerWords(key, known), { at: 'key' })
    }
  }
}

/**
 * Of the ways a union can fail, the one the writer meant: the one that found the
 * kind of value it takes, and fault only within.
 */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const isOfKind = (branch: readonly Issue[]) =>
    !branch.some(
      ({ path, code }) =>
        path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'),
    )
  return branches.find(isOfKind) ?? branches[0] ?? []
}

function step(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key)
}
