/** The plugin that `switchyard new-plugin` generates: small, complete and tested. */

/** Text of `index.ts`. @param name in lower-case words joined by `-` */
export function indexText(name: string): string {
  return `import { definePlugin, PLUGIN_API, z } from 'switchyard/plugin'

/** Gives callers with certain prefixes a higher priority, and counts them. */
export default definePlugin({
  name: '${name}',
  api: PLUGIN_API,
  description: 'Gives callers with certain prefixes a higher priority, and counts them.',

  options: z.strictObject({
    prefixes: z.array(z.string().min(1)).min(1).describe('prefixes of the numbers of these callers'),
    priority: z.int().default(10).describe('priority of these callers; higher is served first'),
  }),

  // Runs once, before the first event. Its return value is \`state\` below.
  setup({ kv }) {
    return { counts: kv('counts', z.int()) }
  },

  // When a handler resolves, its event is done for all replicas. When it throws, the event is redelivered.
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
      description: 'Counts how many of these callers have dialled a number.',
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

/** Text of `index.test.ts`. @param name as for {@link indexText} */
export function testText(name: string): string {
  return `import { pluginContract, startPlugin } from 'switchyard/testing'
import t from 'tap'
import plugin from './index.ts'

const options = { prefixes: ['+4930'] }

t.test('${name} keeps the plugin contract', async (t) => {
  pluginContract(t, plugin, {
    options,
    badOptions: [{ options: { prefixes: [] }, names: 'prefixes' }],
  })
})

t.test('a caller with a listed prefix is given the priority, and counted once', async (t) => {
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

/** Text of the README, with a table of the options. @param name as for {@link indexText} */
export function readmeText(name: string): string {
  return `# ${name}

Gives callers with certain prefixes a higher priority, and counts them.

## Options

| option | type | default | meaning |
|---|---|---|---|
| \`prefixes\` | list of text | required | prefixes of the numbers of these callers |
| \`priority\` | whole number | 10 | priority of these callers; higher is served first |

## Events, commands and stores

- Event \`call.arrived\`: gives a caller with a listed prefix the priority (\`call.classify\`), and counts the call.
- Command \`count\` \`{ dialledNumber }\`: returns how many of these callers have dialled the number.
- Store \`counts\`: the counts by dialled number.
`
}

/** Text of `package.json`, for a plugin outside any package. @param version of Switchyard */
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

/** Text of `tsconfig.json` for such a package. */
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
