import { readFile } from 'node:fs/promises'
import t from 'tap'
import { documentErrors, errorsDocument } from './write-docs.ts'

t.test('docs/errors.md matches the codes: run `npm run docs`', async (t) => {
  t.equal(await readFile(errorsDocument, 'utf8'), documentErrors())
})
