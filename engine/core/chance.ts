/**
 * A number drawn uniformly from (0, 1); the same seed and count give the same number (splitmix32).
 */
export function chance(seed: number, count: number): number {
  let mixed = (seed + Math.imul(count, 0x9e3779b9)) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (((mixed ^ (mixed >>> 15)) >>> 0) + 0.5) / 2 ** 32
}

/** A number drawn from the exponential distribution with mean 1, which has no memory. */
export function memoryless(seed: number, count: number): number {
  return -Math.log(1 - chance(seed, count))
}
