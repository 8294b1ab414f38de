/**
 * The layers of src/, lowest first. A folder may import from its own layer and from lower ones, never upwards. Above the
 * last layer are app.ts, server.ts and the commands in cli/, which may import everything.
 */
const layers = [
  ['contract', 'errors', 'lib', 'tracing'],
  ['config'],
  ['database'],
  ['cluster', 'import', 'plugins'],
  ['audit', 'idempotency', 'realtime'],
  ['live'],
  ['events', 'health', 'reservations', 'sales', 'seats', 'streams', 'tickets', 'waiting-room'],
  ['admin'],
  ['demo'],
];
const anyOf = (folders) => `^src/(${folders.join('|')})/`;

const noUpwardImports = layers.map((layer, level) => {
  const allowed = layers.slice(0, level + 1).flat();
  // Its crowd buys as anyone else does, by the SDK.
  if (layer.includes('demo')) allowed.push('client');
  return {
    name: `no-upward-import-from-${layer.join('-')}`,
    comment: `May import from ${allowed.join(', ')} only.`,
    severity: 'error',
    from: { path: anyOf(layer) },
    to: { path: '^src/', pathNot: anyOf(allowed) },
  };
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...noUpwardImports,
    {
      name: 'every-folder-has-a-layer',
      comment: 'Add the new folder to `layers` above.',
      severity: 'error',
      from: { path: '^src/.+/', pathNot: anyOf([...layers.flat(), 'cli', 'client', 'embedded', 'web']) },
      to: {},
    },
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-import-from-tests',
      comment: 'Only scripts/ does, which makes a page of a table of the tests.',
      severity: 'error',
      from: { pathNot: '^(test|scripts)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependency-in-production',
      comment:
        'Production installs no devDependencies. The client has its own package, the embedded servers run elsewhere, and the pages are built.',
      severity: 'error',
      from: {
        path: '^(src|migrations)/',
        pathNot: `${anyOf(['client', 'embedded', 'web'])}|^src/plugins/web/development\\.ts$`,
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client is a package of its own: of src/ it may import the contract only.',
      severity: 'error',
      from: { path: anyOf(['client']) },
      to: { path: '^src/', pathNot: anyOf(['client', 'contract']) },
    },
    {
      name: 'pages-know-the-client-alone',
      comment: 'The pages are built on the SDK, as those of anyone else would be.',
      severity: 'error',
      from: { path: '^src/web/.+/' },
      to: { path: '^src/', pathNot: `${anyOf(['web', 'client'])}|^src/plugins/web/page-settings\\.ts$` },
    },
    {
      name: 'only-tests-import-pages',
      comment: 'The service serves them as files.',
      severity: 'error',
      from: { path: '^(src|migrations|openapi)/', pathNot: anyOf(['web']) },
      to: { path: '^src/web/' },
    },
    {
      name: 'embedded-only-at-the-start',
      comment:
        'server.ts and the commands start the embedded servers. The service itself knows only addresses.',
      severity: 'error',
      from: { path: '^src/', pathNot: `${anyOf(['embedded', 'cli'])}|^src/server\\.ts$` },
      to: { path: anyOf(['embedded']) },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
};
