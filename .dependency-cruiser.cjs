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
      '^engine/(errors|clock|log|describe-fault)\\.ts$',
      ...to.map((t) => `^engine/${t}(/|$)`),
    ],
  },
})

module.exports = {
  forbidden: [
    layer('catalogue', [], 'The words that every module needs. It knows no module.'),
    layer(
      'yaml',
      ['catalogue/(limits|targets).ts'],
      'Reading a file knows how names and targets are written, and not what the file is for.',
    ),
    layer('core', ['catalogue'], 'The ACD core knows the words and nothing else.'),
    layer('switch', ['catalogue'], 'The switch port is neutral vocabulary.'),
    layer('flow', ['catalogue', 'yaml', 'switch'], 'A flow speaks the words of the switch port.'),
    layer(
      'call',
      ['catalogue', 'core', 'switch', 'flow'],
      "The call's machine knows the core, holds flows, and speaks the words of the switch port.",
    ),
    layer('esl', ['catalogue', 'switch'], 'The ESL adapter serves the switch port.'),
    layer(
      'sim',
      ['catalogue'],
      'The simulated switch speaks ESL by itself: it shares no code with the adapter that it tests.',
    ),
    layer('bus', ['catalogue'], 'The bus carries bytes; it knows no event.'),
    layer('outbox', ['catalogue', 'bus'], 'The outbox publishes events on the bus.'),
    layer('commands', ['catalogue', 'bus'], 'Commands are served and given over the bus.'),
    layer(
      'import',
      [],
      'The import of other configurations writes text, and knows nothing but itself.',
    ),
    layer(
      'config',
      [
        'catalogue',
        'yaml',
        'core/([a-z-]*settings.ts|strateg.*)',
        'flow/(flow-schema|build-flow|flow-in-file|flow).ts',
      ],
      'Configuration becomes values of the core, and flows.',
    ),
    layer(
      'strategy',
      ['catalogue', 'core', 'config'],
      'Strategy plugins become scorers of the core.',
    ),
    layer(
      'metrics',
      ['catalogue', 'switch'],
      'Metrics count published events, and what other parts report through ports.',
    ),
    layer(
      'replay',
      [
        'catalogue',
        'core',
        'config',
        'metrics/definitions.ts',
        'metrics/spread.ts',
        'sim/random.ts',
      ],
      'A replay plays recorded events on the core; it knows no switch and no call machine.',
    ),
    layer('ops', [], 'The operations port shows metrics and health, which it is given.'),
    layer(
      'plugin',
      ['catalogue', 'bus', 'commands'],
      'The SDK and its host stand on the bus alone: a plugin is a process of its own.',
    ),
    layer(
      'runtime',
      ['catalogue', 'core', 'switch', 'call', 'flow', 'bus', 'commands', 'config'],
      'The runtime joins the modules through their ports; it opens no socket.',
    ),
    layer(
      'testing',
      ['catalogue', 'bus', 'commands', 'plugin', 'flow', 'switch'],
      'The published test kit stands on what a plugin sees.',
    ),
    {
      name: 'rigs',
      comment: 'Our own rigs are for tests and benchmarks.',
      severity: 'error',
      from: { pathNot: '^engine/(rigs|integration)/|\\.test\\.ts$|^bench/' },
      to: { path: '^engine/rigs/' },
    },
    {
      name: 'cli',
      comment: 'The commands are for the command line alone.',
      severity: 'error',
      from: { pathNot: '^engine/(cli/|main\\.ts$)' },
      to: { path: '^engine/cli/' },
    },
    {
      name: 'core-takes-words-alone',
      comment: 'The schemas of the catalogue bring a package; the words do not.',
      severity: 'error',
      from: { path: '^engine/core/', pathNot: '\\.test\\.ts$' },
      to: { path: '^engine/catalogue/[^/]+/' },
    },
    {
      name: 'core-is-pure',
      comment:
        'No Node built-in and no package in the core and in the words it takes: no I/O, no clock, no randomness.',
      severity: 'error',
      from: { path: '^engine/(core/|catalogue/[^/]+\\.ts$)', pathNot: '\\.test\\.ts$' },
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
      from: { pathNot: '^engine/bus/nats/|^engine/commands/.*\\.test\\.ts$' },
      to: { path: 'node_modules/(nats|@nats-io)' },
    },
    {
      name: 'one-package-one-door-prom',
      severity: 'error',
      from: { pathNot: '^engine/metrics/' },
      to: { path: 'node_modules/prom-client' },
    },
    {
      name: 'one-package-one-door-yaml',
      severity: 'error',
      from: { pathNot: '^engine/yaml/|^engine/(config|import)/.*\\.test\\.ts$' },
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
