import { Cluster } from 'ioredis';
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

test('a mark that lapsed while another node had its slot is no loss', async () => {
  const marks = new Map<string, string>();
  const redis = Object.create(Cluster.prototype) as Cluster;
  const [one, other] = [['one:1'], ['other:1']];
  Object.assign(redis, {
    slots: [one, other],
    status: 'ready',
    defineCommand: () => undefined,
    probe: async (key: string, mark: string) => {
      if (!marks.has(key)) marks.set(key, mark);
      return marks.get(key);
    },
  });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  let losses = 0;
  const health = await watchRedis(redis, 'mark', log as never, () => losses++);
  const [, lapsing] = marks.keys();
  redis.slots = [one, one, other];
  await health.check();
  marks.delete(lapsing as string);
  redis.slots = [one, other];
  await health.check();
  expect(losses).toBe(0);

  marks.clear();
  await health.check();
  expect(losses).toBe(1);
  await health.stop();
});
