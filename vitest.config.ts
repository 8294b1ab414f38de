import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// The processes that tests start share what Node.js has compiled: the service loads in half of the processor time, 0.5 s instead of 1 s.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const everything = 'test/**/*.test.ts';
const alone = 'test/unit/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    // Twice as many as CI has cores: many tests wait for a clock.
    maxWorkers: 4,
    // The files of a worker share its modules, which saves a fifth of the processor time. A test undoes what it changes in them.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Off but for `npm run coverage`: it costs the tests a quarter more processor time.
    coverage: { include: ['src/**/*.ts'], exclude: ['src/contract/**'], reporter: ['text-summary'] },
    projects: [
      // Two projects, so that a run of unit tests alone waits for no server.
      { extends: true, test: { name: 'unit', include: [alone] } },
      {
        extends: true,
        test: {
          name: 'service',
          include: [everything],
          exclude: [alone],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
