import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMockRedis } from '../../../../src/embedded/redis/mock-redis.ts';
import type { RoomSettings } from '../../../../src/waiting-room/types.ts';
import { startTestRedis, type TestRedis } from '../../../support/redis/redis.ts';
import { Comparison } from '../../../support/waiting-room/model/comparison.ts';
import { step } from '../../../support/waiting-room/model/steps.ts';

let server: TestRedis;

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());

/** Several run at once, so that Redis and this process wait less for each other. */
const SHARDS = 10;

interface Extent {
  /** Interleavings in each shard. */
  runs: number;
  /** The most steps in one of them. */
  steps: number;
  spoil?: (rules: RoomSettings) => RoomSettings;
}

async function compare(redis: Redis, { runs, steps, spoil }: Extent): Promise<void> {
  const shards = Array.from({ length: SHARDS }, () => {
    const comparison = new Comparison(redis, spoil);
    const threshold = fc.nat({ max: 3 });
    const lobby = fc.constantFrom(undefined, undefined, 0, 1);
    const property = fc.asyncProperty(
      lobby.chain((opensIn) =>
        fc.tuple(
          fc.constant(opensIn),
          fc.array(step(opensIn !== undefined), { minLength: 1, maxLength: steps, size: 'max' }),
        ),
      ),
      threshold,
      ([opensIn, taken], most) => comparison.run(most, opensIn, taken),
    );
    // A control is expected to fail, and needs no smallest example.
    return fc.assert(property, { numRuns: runs, endOnFailure: spoil !== undefined });
  });
  const results = await Promise.allSettled(shards);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

test.each<[string, Extent, () => Redis]>([
  ['a real Redis', { runs: 100, steps: 30 }, () => server.client.duplicate()],
  ['the Redis inside the process', { runs: 2, steps: 25 }, createMockRedis],
])(
  'the waiting room on %s does as the plain model, whatever people do and in whatever order',
  async (_name, extent, connect) => {
    const redis = connect();
    try {
      await compare(redis, extent);
    } finally {
      redis.disconnect();
    }
  },
  120_000,
);

test.each<[string, (rules: RoomSettings) => RoomSettings]>([
  ['one more than the threshold', (rules) => ({ ...rules, threshold: rules.threshold + 1 })],
  ['people during a pause', (rules) => ({ ...rules, paused: false })],
])(
  'the control: an instance that lets in %s is noticed',
  async (_what, spoil) => {
    await expect(compare(server.client, { runs: 30, steps: 30, spoil })).rejects.toThrow();
  },
  120_000,
);
