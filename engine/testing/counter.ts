/** Counts from 1, with each call. */
export function createCounter(): () => number {
  let count = 0
  return () => {
    count += 1
    return count
  }
}
