const maxLength = 64

/**
 * Gives each name a unique id that the configuration accepts: the part before `@` if it is
 * unique, otherwise the whole name, with a number if necessary. The same names give the same ids.
 *
 * @param names without duplicates
 * @param fallback for names without a usable character
 */
export function assignIds(names: readonly string[], fallback: string): ReadonlyMap<string, string> {
  const shorts = names.map((name) => usable(name.split('@', 1)[0] ?? ''))
  const uses = new Map<string, number>()
  for (const short of shorts) {
    uses.set(short, (uses.get(short) ?? 0) + 1)
  }
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  const take = (name: string, id: string) => {
    ids.set(name, id)
    taken.add(id)
  }
  for (const [index, name] of names.entries()) {
    const short = shorts[index] ?? ''
    if (short !== '' && uses.get(short) === 1) {
      take(name, short)
    }
  }
  for (const name of names) {
    if (!ids.has(name)) {
      const whole = usable(name) || fallback
      let id = whole
      for (let number = 2; taken.has(id); number++) {
        const ending = `-${number}`
        id = `${whole.slice(0, maxLength - ending.length)}${ending}`
      }
      take(name, id)
    }
  }
  // In the order of the names.
  return new Map(names.map((name) => [name, ids.get(name) ?? fallback]))
}

/** Turns a name into a description of limited length without control characters. */
export function describeName(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?')
    .slice(0, 200)
    .replace(/[\uD800-\uDBFF]$/, '')
}

function usable(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[_-]+/, '')
    .slice(0, maxLength)
    .replace(/-+$/, '')
}
