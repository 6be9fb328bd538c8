/** The imports that are allowed between folders. All others are rejected. */
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

/** What the console of the local cloud calls of the product's own sources. */
const shownDecisions = [
  'core/',
  'adapters/dynamodb/',
  'adapters/system/',
  'composition/reconcile',
  'functions/',
];

/** The layers of the Stripe simulator, the lowest first. A layer imports only itself and the layers below it. */
const simulatorLayers = [
  ['model'],
  ['time', 'amounts'],
  ['store'],
  ['world'],
  ['protocol', 'pages'],
  ['chaos'],
  ['render'],
  // One folder per resource of Stripe. They may import each other, because Stripe's resources refer to each other.
  [
    'balance',
    'catalog',
    'credit-notes',
    'customers',
    'discounts',
    'disputes',
    'entitlements',
    'event-destinations',
    'events',
    'invoices',
    'meters',
    'mobile',
    'other-products',
    'payment-intents',
    'payments',
    'quotes',
    'setup-intents',
    'sources',
    'stripe-js',
    'stripecli',
    'subscription-schedules',
    'subscriptions',
    'taxes',
    'test-clocks',
    'webhook-endpoints',
  ],
  ['checkout', 'payment-links', 'portal'],
  ['schedule'],
  ['control'],
  ['dashboard', 'scenario'],
  ['http'],
];

const inSimulator = (folders) => `^stripe-simulator/(${folders.join('|')})/`;

const simulatorRules = simulatorLayers.map((layer, index) => ({
  name: `simulator-layer-${index + 1}-imports-no-higher-one`,
  severity: 'error',
  from: { path: inSimulator(layer), pathNot: '\\.test\\.ts$' },
  to: {
    path: '^stripe-simulator/',
    pathNot: [inSimulator(simulatorLayers.slice(0, index + 1).flat()), '^stripe-simulator/options\\.ts$'],
  },
}));

/** The layers of the RevenueCat simulator, the lowest first. */
const revenueCatLayers = [
  ['model'],
  ['time'],
  ['store'],
  ['world'],
  ['protocol', 'pages'],
  ['faults'],
  // One folder per resource of RevenueCat, which may import each other.
  ['catalog', 'customers', 'events', 'purchases', 'subscriptions'],
  ['render'],
  ['schedule'],
  ['operations'],
  ['control'],
  ['console'],
  ['http'],
];

const inRevenueCat = (folders) => `^revenuecat-simulator/(${folders.join('|')})/`;

const revenueCatRules = revenueCatLayers.map((layer, index) => ({
  name: `revenuecat-layer-${index + 1}-imports-no-higher-one`,
  severity: 'error',
  from: { path: inRevenueCat(layer), pathNot: '\\.test\\.ts$' },
  to: {
    path: '^revenuecat-simulator/',
    pathNot: [
      inRevenueCat(revenueCatLayers.slice(0, index + 1).flat()),
      '^revenuecat-simulator/options\\.ts$',
    ],
  },
}));

module.exports = {
  forbidden: [
    only('contract', []),
    // A package of its own: what it knows of the contract is generated into it.
    only('client', []),
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
    // What both simulators need alike: the state file and its journal, and whose requests a server answers.
    only('simulator-kit', []),
    only('stripe-simulator', ['simulator-kit/']),
    ...simulatorRules,
    {
      // A route reads the request and calls the resource, which writes the records.
      name: 'simulator-routes-write-no-records',
      severity: 'error',
      from: { path: '^stripe-simulator/.*-routes\\.ts$' },
      to: { path: '^stripe-simulator/world/records\\.ts$' },
    },
    {
      name: 'every-simulator-folder-has-a-layer',
      severity: 'error',
      from: {
        path: '^stripe-simulator/[^/]+/',
        pathNot: [inSimulator(simulatorLayers.flat()), '^stripe-simulator/(conformance|refusals|testing)/'],
      },
      to: {},
    },
    only('revenuecat-simulator', ['simulator-kit/']),
    ...revenueCatRules,
    {
      name: 'every-revenuecat-folder-has-a-layer',
      severity: 'error',
      from: {
        path: '^revenuecat-simulator/[^/]+/',
        pathNot: [inRevenueCat(revenueCatLayers.flat()), '^revenuecat-simulator/testing/'],
      },
      to: {},
    },
    // The local cloud runs the built functions. It imports only the contract from their sources. Its console shows what
    // the product decides, so it calls the same decisions, and it is a client of the API like any app.
    only('local', [
      'contract/',
      'stripe-simulator/index\\.ts$',
      'revenuecat-simulator/index\\.ts$',
      'scripts/(build|console)\\.ts$',
      'client/core/index\\.ts$',
      ...shownDecisions,
    ]),
    {
      name: 'only-the-console-shares-decisions',
      severity: 'error',
      from: { path: '^local/', pathNot: '^local/(control|inspector)/' },
      to: { path: shownDecisions.map((folder) => `^${folder}`) },
    },
    {
      name: 'the-page-of-the-console-runs-in-a-browser',
      severity: 'error',
      from: { path: '^local/console/' },
      to: {
        path: '^(local|adapters|core|composition|functions)/',
        pathNot: '^local/(console/|control/contract\\.ts$)',
      },
    },
    // Measures the built functions. The emulators of the local cloud answer them once, for the recordings.
    only('bench', [
      'contract/',
      'local/',
      'stripe-simulator/index\\.ts$',
      'revenuecat-simulator/index\\.ts$',
      'scripts/',
    ]),
    only('scripts', ['contract/', 'infra/', 'stripe-simulator/index\\.ts$']),
    only('simulation', ['contract/', 'core/']),
    {
      // The oracle is written from the contract. A defect of the product must not also be the expectation.
      name: 'the-oracle-knows-nothing-of-the-product',
      severity: 'error',
      from: { path: '^simulation/oracle/', pathNot: '\\.test\\.ts$' },
      to: { path: '^', pathNot: '^simulation/oracle/' },
    },
    // The infrastructure imports only the environment of each function.
    // It checks a configuration with the rules by which the functions read it.
    only('infra', [
      'contract/',
      'core/settings/',
      'core/entitlement/policy\\.ts$',
      'core/refund/policy\\.ts$',
      'functions/[^/]+/config\\.ts$',
    ]),
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
      name: 'the-simulators-need-no-packages',
      severity: 'error',
      from: {
        path: '^((stripe|revenuecat)-simulator|simulator-kit)/',
        pathNot: '\\.test\\.ts$|^(stripe|revenuecat)-simulator/testing/',
      },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'nothing-deployed-needs-a-dev-dependency',
      severity: 'error',
      from: { path: '^(adapters|composition|functions|operations)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'the-core-of-the-client-needs-no-packages',
      severity: 'error',
      from: { path: '^client/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'core'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Build output is not source.
    exclude: { path: '^((client|stripe-simulator)/)?dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
