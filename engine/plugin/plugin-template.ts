/** The plugin that `switchyard new-plugin` writes: small, whole, and tested. */

/** Its code. @param name in lower-case words joined by `-` */
export function indexText(name: string): string {
  return `import { definePlugin, PLUGIN_API, z } from 'switchyard/plugin'

/** Serves callers from some places first, and counts them. */
export default definePlugin({
  name: '${name}',
  api: PLUGIN_API,
  description: 'Serves callers from some places first, and counts them.',

  options: z.strictObject({
    prefixes: z.array(z.string().min(1)).min(1).describe('how the numbers of these callers begin'),
    priority: z.int().default(10).describe('their priority; higher is served first'),
  }),

  // Runs once, before the first event. What it returns is \`state\` below.
  setup({ kv }) {
    return { counts: kv('counts', z.int()) }
  },

  // When a handler resolves, its event is done with, for all replicas. When it throws, it comes again.
  events: {
    async 'call.arrived'({ data }, { options, commands, state }) {
      if (options.prefixes.some((prefix) => data.callerNumber.startsWith(prefix))) {
        const { callId, dialledNumber } = data
        await commands.demand('call.classify', { callId, priority: options.priority })
        await state.counts.update(dialledNumber, (count = 0) => count + 1)
      }
    },
  },

  // Commands of its own: switchyard.TENANT.plugin.${name}.command.count
  commands: {
    count: {
      description: 'Says how many of these callers dialled a number.',
      input: z.strictObject({ dialledNumber: z.string() }),
      async handle({ dialledNumber }, { state }) {
        const kept = await state.counts.get(dialledNumber)
        return { ok: true, count: kept?.value ?? 0 }
      },
    },
  },
})
`
}

/** Its test. @param name as for {@link indexText} */
export function testText(name: string): string {
  return `import { pluginContract, startPlugin } from 'switchyard/testing'
import t from 'tap'
import plugin from './index.ts'

const options = { prefixes: ['+4930'] }

t.test('${name} keeps the contract of plugins', async (t) => {
  pluginContract(t, plugin, {
    options,
    badOptions: [{ options: { prefixes: [] }, names: 'prefixes' }],
  })
})

t.test('a caller from a listed place is served first, and counted once', async (t) => {
  const world = await startPlugin(plugin, options)
  t.teardown(() => world.stop())
  const call = await world.givenCall({ callerNumber: '+4930123456', dialledNumber: '0800100200' })
  await world.givenCall({ callerNumber: '+4989123456', dialledNumber: '0800100200' })

  t.match(world.commands, [
    { name: 'call.classify', input: { callId: call.callId, priority: 10 } },
  ])
  t.equal(world.commands.length, 1)
  t.same(await world.own('count', { dialledNumber: '0800100200' }), { ok: true, count: 1 })
})
`
}

/** Its README, with the table of its options. @param name as for {@link indexText} */
export function readmeText(name: string): string {
  return `# ${name}

Serves callers from some places first, and counts them.

## Options

| option | type | default | meaning |
|---|---|---|---|
| \`prefixes\` | list of text | required | how the numbers of these callers begin |
| \`priority\` | whole number | 10 | their priority; higher is served first |

## What it hears, does and answers

- \`call.arrived\`: a caller from a listed place is given the priority (\`call.classify\`) and counted.
- Command \`count\` \`{ dialledNumber }\`: how many of these callers dialled a number.
- Keeps \`counts\`: by the number dialled.
`
}

/** The package of a plugin that is in none. @param version of Switchyard */
export function packageText(name: string, version: string): string {
  const contents = {
    name,
    version: '1.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.20' },
    scripts: { build: 'tsc', test: 'tsc && tap' },
    dependencies: { switchyard: `^${version}` },
    devDependencies: { '@types/node': '^20.19.43', tap: '^21.8.0', typescript: '~6.0.3' },
    tap: {
      plugin: ['!@tapjs/typescript'],
      include: ['build/**/*.test.js'],
      'allow-incomplete-coverage': true,
    },
  }
  return `${JSON.stringify(contents, undefined, 2)}\n`
}

/** How such a package is compiled. */
export const tsconfigText = `${JSON.stringify(
  {
    compilerOptions: {
      rootDir: '.',
      outDir: 'build',
      target: 'es2023',
      module: 'nodenext',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      erasableSyntaxOnly: true,
      rewriteRelativeImportExtensions: true,
      skipLibCheck: true,
    },
    include: ['*.ts'],
  },
  undefined,
  2,
)}\n`
