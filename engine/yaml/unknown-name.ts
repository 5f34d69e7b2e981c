import type { Raw, Report } from './document.ts'
import type { Path } from './fault.ts'
import { textOf } from './raw.ts'
import { quote } from './scalars.ts'
import { offerWords } from './suggest.ts'

/** Reports a reference to something that does not exist. A missing or malformed one is reported by the schema. */
export function reportUnknown(
  what: string,
  raw: Raw | undefined,
  path: Path,
  known: readonly string[],
  report: Report,
): void {
  const name = textOf(raw)
  if (name !== undefined && name !== '' && !known.includes(name)) {
    report(path, `no ${what} ${quote(name)} in this tenant`, offerWords(name, known))
  }
}
