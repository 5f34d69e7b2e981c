import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '../../errors.ts'

/** The path of the document in the project. */
export const errorsDocument = 'docs/errors.md'

const preamble = `# Error codes

<!-- Made from engine/errors.ts by \`npm run docs\`. Change it there. -->

Whatever the engine, the plugin SDK and the command line throw on purpose is a \`SwitchyardError\`. Branch on its \`code\`; the message is for people and may change. \`retryable\` shows whether the same attempt may succeed later. A command that is not carried out is not an error: it has an answer with a code of its own, see [commands.md](commands.md#answers).

| code | retryable | meaning |
|---|---|---|
`

/** The content of docs/errors.md: every code with its meaning. */
export function documentErrors(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { retryable, meaning }]) =>
      `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |\n`,
  )
  return preamble + rows.join('')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(errorsDocument, documentErrors())
}
