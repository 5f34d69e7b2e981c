import type { z } from 'zod'
import type { Report } from './document.ts'
import type { Path } from './fault.ts'
import { quote } from './scalars.ts'
import { offerWords } from './suggest.ts'

type Issue = z.core.$ZodIssue

/** Reports what the schema finds missing, unknown or wrong. */
export function reportShape(issues: readonly Issue[], report: Report, base: Path = []): void {
  for (const issue of issues) {
    const path = [...base, ...issue.path.map(step)]
    if (issue.code === 'unrecognized_keys') {
      reportUnknownKeys(issue.keys, issue.message.split(' '), path, report)
    } else if (issue.code === 'invalid_union') {
      reportShape(likeliest(issue.errors), report, path)
    } else {
      // A name that cannot be a key is described by the rule of the key.
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
    // Where a secret is expected, what looks like a key may be the secret.
    if (known.join() === 'env,file') {
      report(path, 'not a reference to a secret', 'write { env: NAME } or { file: PATH }', {
        at: 'key',
      })
    } else if (key === '<<') {
      report(
        [...path, key],
        'merge keys are not supported',
        'repeat the value, or use an alias (*name) for the whole of it',
        { at: 'key' },
      )
    } else {
      report([...path, key], `unknown key ${quote(key)}`, offerWords(key, known), { at: 'key' })
    }
  }
}

/**
 * The branch of a union that the writer most likely meant: the one that got the kind of value it
 * takes, and has faults only inside it.
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
