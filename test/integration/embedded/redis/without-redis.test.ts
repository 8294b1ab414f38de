import { expect, vi } from 'vitest';
import { test } from '../sandbox.ts';

test('a machine without Redis is told so, and its service gets the Redis inside the process', async ({
  sandbox,
}) => {
  vi.stubEnv('PATH', sandbox.root);
  const embedded = await sandbox.start({ needPostgres: false }).finally(() => vi.unstubAllEnvs());
  expect(embedded.redis).toEqual({ kind: 'mock' });
  expect(sandbox.lines).toEqual([
    expect.stringMatching(
      /^Redis: no redis-server or valkey-server on the PATH, so ioredis-mock imitates it/,
    ),
  ]);
});
