import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { findChromium } from './test/web/support/chromium.ts';

// The processes that tests start share what Node.js has compiled: the service loads in half of the processor time, 0.5 s instead of 1 s.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const everything = 'test/**/*.test.ts';
const alone = 'test/unit/**/*.test.ts';
const pages = 'test/web/**/*.test.ts';

const hasChromium = findChromium() !== undefined;
if (!hasChromium)
  console.warn(
    'No Chromium on the PATH: the tests of the web pages (test/web) do not run. Debian: apt-get install chromium',
  );

/**
 * Files that take 15 to 40 s, and wait for most of it. A run without a cache, as in CI, orders files by their size, and would end by
 * waiting for these. So they start first.
 */
const long = [
  'integration/dependencies/',
  'waiting-room/redis/plain-model',
  'waiting-room/stats/estimate',
  'recovery/long-outage',
  'embedded/lifetime',
  'e2e/killed-instance',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.some((name) => moduleId.includes(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Twice as many as CI has cores: many tests wait for a clock.
    maxWorkers: 4,
    // The files of a worker share its modules, which saves a fifth of the processor time. A test undoes what it changes in them.
    isolate: false,
    sequence: { sequencer: LongFirst },
    // Each wait for a condition has a bound of its own. Several in one test may take long on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 5_000 } },
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
          exclude: [alone, pages],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      ...(hasChromium
        ? [
            {
              extends: true as const,
              test: {
                name: 'web',
                include: [pages],
                // After all others, and one for each core: a page that must show something soon needs a core.
                maxWorkers: 2,
                sequence: { groupOrder: 1 },
                globalSetup: ['test/support/global-setup.ts', 'test/web/support/global-setup.ts'],
              },
            },
          ]
        : []),
    ],
  },
});
