/** Splits text that comes in pieces into lines, without their ends. The last line may lack its end. */
export async function* splitLines(
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') {
    yield rest
  }
}
