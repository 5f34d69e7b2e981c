import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'
import { repositoryFile } from './repository-file.ts'

const root = repositoryFile('.')

/** Folders that are made, or that belong to others. */
const left: ReadonlySet<string> = new Set(['node_modules', 'build', '.git', '.tap'])

/** What `switchyard new-plugin` writes, which its guide explains. */
const written: ReadonlySet<string> = new Set(['index.ts', 'index.test.ts'])

/** All files and folders of the repository, folders with a slash at the end. */
const paths = walk(root)
const documents = paths.filter((path) => path.endsWith('.md'))
const known: ReadonlySet<string> = new Set(paths)

function walk(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    const name = relative(root, path).split(sep).join('/')
    if (left.has(entry.name)) {
      return []
    }
    return entry.isDirectory() ? [`${name}/`, ...walk(path)] : [name]
  })
}

/** The prose of a document: without its blocks of code, which may be about files of a reader. */
function proseOf(document: string): string {
  return readFileSync(join(root, document), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
}

/** The module that a document describes: only names of its own files need no path there. */
function moduleOf(document: string): string {
  return /^(engine|plugins)\/[a-z-]+\//.exec(document)?.[0] ?? ''
}

/** Source files and folders that the document names; NEW and KIND stand for a name to be chosen. */
function namedIn(document: string): readonly string[] {
  return [...proseOf(document).matchAll(/`([\w./-]+)`/g)].flatMap(([, name = '']) => {
    const isFile = /\w\.(ts|mjs|cjs|grit)$/.test(name)
    const isFolder = /^(engine|plugins|bench|docs|examples|schema)\/.*\/$/.test(name)
    const isChosen = /(^|\/)[A-Z]+\//.test(name) || written.has(name)
    return (isFile || isFolder) && !isChosen && !name.startsWith('./') ? [name] : []
  })
}

function isThere(document: string, name: string): boolean {
  const from = name.includes('/') ? '' : moduleOf(document)
  return (
    known.has(name) ||
    known.has(`engine/${name}`) ||
    paths.some((path) => path.startsWith(from) && path.endsWith(`/${name}`))
  )
}

t.test('documents name only files and folders that exist', async (t) => {
  t.ok(documents.length > 20)
  for (const document of documents) {
    const gone = namedIn(document).filter((name) => !isThere(document, name))
    t.strictSame(gone, [], document)
  }
})

t.test('links between documents lead somewhere', async (t) => {
  for (const document of documents) {
    const targets = [...proseOf(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
    const broken = targets.filter(
      (target) =>
        statSync(join(root, dirname(document), target), { throwIfNoEntry: false }) === undefined,
    )
    t.strictSame(broken, [], document)
  }
})

t.test('documents name only commands of npm that the package has', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8')
    const commands = [...text.matchAll(/npm run (?:-+\w+ )*([a-z][\w:-]*)/g)].map(
      ([, name = '']) => name,
    )
    t.strictSame(
      commands.filter((name) => !Object.hasOwn(scripts, name)),
      [],
      document,
    )
  }
})
