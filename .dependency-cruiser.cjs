/** The arrows between the folders. What is not allowed here is not allowed. */
const only = (from, to) => ({
  name: `${from}-reaches-only-its-own`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: '\\.test\\.ts$' },
  to: {
    dependencyTypesNot: ['core'],
    path: '^[^/]+/',
    pathNot: [`^${from}/`, '^node_modules/', ...to.map((folder) => `^${folder}`)],
  },
});

module.exports = {
  forbidden: [
    only('contract', []),
    only('core', ['contract/']),
    only('adapters', ['contract/', 'core/']),
    // Composition roots that a function and the commands share.
    only('composition', ['contract/', 'core/', 'adapters/']),
    only('functions', ['contract/', 'core/', 'adapters/', 'composition/']),
    // Command-line tools for a live or local installation.
    only('operations', [
      'contract/',
      'core/',
      'adapters/',
      'composition/',
      'functions/settings\\.ts$',
      'functions/[^/]+/config\\.ts$',
      'infra/',
    ]),
    only('stripe-simulator', []),
    // The local cloud runs the built functions; of the sources it knows only the contract.
    only('local', ['contract/', 'stripe-simulator/index\\.ts$', 'scripts/build\\.ts$']),
    only('scripts', ['contract/', 'infra/']),
    only('simulation', ['contract/', 'core/']),
    // Of the functions, the infrastructure knows what they are called and which environment they read.
    only('infra', ['contract/', 'functions/[^/]+/config\\.ts$']),
    {
      name: 'only-reconcile-shares-its-composition-root',
      severity: 'error',
      from: { path: '^functions/(?!reconcile/)' },
      to: { path: '^composition/' },
    },
    {
      name: 'core-knows-no-packages',
      severity: 'error',
      from: { path: '^(core|contract)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'core'] },
    },
    {
      name: 'the-simulator-needs-no-packages',
      severity: 'error',
      from: { path: '^stripe-simulator/', pathNot: '\\.test\\.ts$|^stripe-simulator/testing/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'nothing-deployed-needs-a-dev-dependency',
      severity: 'error',
      from: { path: '^(adapters|composition|functions|operations)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
