/** The layers, and what each may import. See docs in engine/README.md. */
const layer = (name, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^engine/${name}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: '^(engine|plugins|bench)/',
    pathNot: [
      `^engine/${name}/`,
      '^engine/(errors|clock|log)\\.ts$',
      ...to.map((t) => `^engine/${t}(/|$)`),
    ],
  },
})

module.exports = {
  forbidden: [
    layer('core', [], 'The ACD core knows nothing but itself.'),
    layer('switch', ['core'], 'The switch port is vocabulary only.'),
    layer(
      'call',
      ['core', 'switch', 'flow', 'bus/events.ts'],
      'The call machine knows the core, holds flows, and knows the words of the switch and of the events.',
    ),
    layer('esl', ['switch', 'core'], 'The ESL adapter speaks the switch port.'),
    layer(
      'sim',
      ['switch', 'core', 'esl'],
      'The simulated switch speaks ESL; it shares the frame reader.',
    ),
    layer('bus', ['core'], 'The bus carries core events.'),
    layer(
      'import',
      [],
      'The import of other configurations writes text, and knows nothing but itself.',
    ),
    layer(
      'flow',
      ['core', 'switch', 'config'],
      'A flow speaks the words of the switch, and is written in those of the configuration.',
    ),
    layer(
      'config',
      ['core', 'flow/(flow-schema|build-flow|flow).ts'],
      'Configuration becomes core values, and flows.',
    ),
    layer('strategy', ['core', 'config'], 'Strategy plugins become scorers of the core.'),
    layer(
      'metrics',
      ['core', 'bus', 'switch'],
      'Metrics observe core values and published events.',
    ),
    layer(
      'replay',
      ['core', 'bus', 'config', 'metrics/definitions.ts', 'metrics/spread.ts', 'sim/random.ts'],
      'A replay plays recorded events on the core; it knows no switch and no call machine.',
    ),
    layer('ops', ['metrics'], 'The operations port shows metrics and health.'),
    layer(
      'plugin',
      ['core', 'bus'],
      'The SDK and its host stand on the bus alone: a plugin is a process of its own.',
    ),
    layer(
      'runtime',
      ['core', 'switch', 'call', 'flow', 'bus', 'metrics', 'config'],
      'The runtime joins the parts through their ports; it opens no socket.',
    ),
    {
      name: 'cli',
      comment: 'The commands are for the command line alone.',
      severity: 'error',
      from: { pathNot: '^engine/(cli/|main\\.ts$)' },
      to: { path: '^engine/cli/' },
    },
    {
      name: 'core-is-pure',
      comment: 'No Node built-in and no package in the core: no I/O, no clock, no randomness.',
      severity: 'error',
      from: { path: '^engine/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'plugins-use-the-sdk',
      comment: 'A plugin sees the SDK and nothing else of the engine, nor another plugin.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/', pathNot: '\\.test\\.ts$|/testing/|/fixture\\.ts$' },
      to: {
        path: '^(engine|plugins|bench)/',
        pathNot: ['^engine/plugin/index\\.ts$', '^plugins/$1/'],
      },
    },
    {
      name: 'plugins-are-tested-with-the-sdk',
      comment: 'The tests of a plugin see the SDK and its test kit.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/.*(\\.test\\.ts$|/testing/|/fixture\\.ts$)' },
      to: {
        path: '^(engine|plugins|bench)/',
        pathNot: ['^engine/(plugin|testing)/index\\.ts$', '^plugins/$1/'],
      },
    },
    {
      name: 'plugins-are-named-not-imported',
      comment: 'The engine finds plugins by their names, so that none is part of it.',
      severity: 'error',
      from: { path: '^engine/', pathNot: '\\.test\\.ts$' },
      to: { path: '^plugins/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.test\\.ts$', '\\.d\\.ts$', '^bench/main\\.ts$'] },
      to: {},
    },
    {
      name: 'one-package-one-door-modesl',
      severity: 'error',
      from: { pathNot: '^(engine/esl/|bench/decode\\.ts$)' },
      to: { path: 'node_modules/modesl' },
    },
    {
      name: 'one-package-one-door-nats',
      severity: 'error',
      from: { pathNot: '^engine/bus/' },
      to: { path: 'node_modules/(nats|@nats-io)' },
    },
    {
      name: 'one-package-one-door-prom',
      severity: 'error',
      from: { pathNot: '^engine/(metrics|ops)/' },
      to: { path: 'node_modules/prom-client' },
    },
    {
      name: 'one-package-one-door-yaml',
      severity: 'error',
      from: { pathNot: '^engine/config/' },
      to: { path: 'node_modules/yaml' },
    },
    {
      name: 'one-package-one-door-parse-xml',
      severity: 'error',
      from: { pathNot: '^engine/import/' },
      to: { path: 'node_modules/@rgrove/parse-xml' },
    },
    {
      name: 'one-package-one-door-xstate',
      severity: 'error',
      from: { pathNot: '^engine/call/' },
      to: { path: 'node_modules/xstate' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
}
