/** Seeded randomness: the same seed gives the same sequence. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** True with the given probability. */
  chance(probability: number): boolean
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Exponential with the given mean, for example the gaps of a Poisson stream, patience or talk time. */
  exponential(mean: number): number
  /** A version 4 UUID. Unique within one seed, but not secret. */
  uuid(): string
  /** Creates an independent sequence, so that one part's draws do not shift another's. */
  fork(): Random
}

/**
 * Creates a generator: xoshiro128** 1.1 by D. Blackman and S. Vigna (public domain,
 * https://prng.di.unimi.it/xoshiro128starstar.c). Its state is filled from the seed by a
 * counter and MurmurHash3's finaliser (splitmix32).
 */
export function createRandom(seed: number): Random {
  let filler = seed >>> 0
  const fill = (): number => {
    filler = (filler + 0x9e3779b9) >>> 0
    let z = filler
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  let [a, b, c, d] = [fill(), fill(), fill(), fill()]

  function bits(): number {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

  const random: Random = {
    next: () => bits() / 2 ** 32,
    chance: (probability) => bits() / 2 ** 32 < probability,
    between: (low, high) => low + (bits() / 2 ** 32) * (high - low),
    exponential: (mean) => -mean * Math.log(1 - bits() / 2 ** 32),
    uuid() {
      const [p, q, r, s] = [bits(), bits(), bits(), bits()]
      const version = 0x4000 | (q & 0xfff)
      const variant = 0x8000 | ((r >>> 16) & 0x3fff)
      return `${hex(p, 8)}-${hex(q >>> 16, 4)}-${hex(version, 4)}-${hex(variant, 4)}-${hex(r & 0xffff, 4)}${hex(s, 8)}`
    },
    fork: () => createRandom(bits()),
  }
  return random
}
