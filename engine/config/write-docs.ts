import { readFileSync, writeFileSync } from 'node:fs'
import { schemaFileText } from './json-schema.ts'
import { withReference } from './reference.ts'

// Run by `npm run docs`, in the project's root.
const page = 'docs/configuration.md'
writeFileSync('schema/switchyard.schema.json', schemaFileText())
writeFileSync(page, withReference(readFileSync(page, 'utf8')))
