import { createRandom } from '../sim/random.ts'

/**
 * A uniform number in (0, 1) that depends only on the seed and the purpose. A call draws
 * the same number whatever the rules do to other calls.
 */
export function drawFor(seed: number, ...purpose: readonly (string | number)[]): number {
  // FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/
  let hash = 0x811c9dc5 ^ seed
  for (const char of purpose.join('\u0000')) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  }
  return Math.max(createRandom(hash).next(), 2 ** -33)
}
