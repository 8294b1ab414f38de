import { expect, test } from 'vitest';
import { ClusterClient } from '../../../src/plugins/redis/cluster.ts';
import { failFast } from '../../../src/plugins/redis/options.ts';
import { watchRedis } from '../../../src/plugins/redis/redis-health.ts';

test('a cluster of which no node was ever reached is away', async () => {
  const node = { host: '127.0.0.1', port: 1 };
  const settings = { ...node, username: undefined, password: undefined, database: 0, tls: false };
  const redis = new ClusterClient({ ...settings, sentinel: undefined, cluster: [node] }, failFast);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const health = await watchRedis(redis, 'mark', log as never, () => undefined);
  await health.check();
  expect(health.answers).toBe(false);
  await health.stop();
  redis.disconnect();
});
