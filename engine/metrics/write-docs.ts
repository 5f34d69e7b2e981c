import { writeFileSync } from 'node:fs'
import { metricsPage } from './describe.ts'

// Run by `npm run docs`, in the project's root.
writeFileSync('docs/metrics.md', metricsPage())
