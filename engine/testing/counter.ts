/** Creates a function that returns 1, then 2, and so on. */
export function createCounter(): () => number {
  let count = 0
  return () => {
    count += 1
    return count
  }
}
