import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startProxy } from '../../support/proxy.ts';
import { startTestRedis, type TestRedis } from '../../support/redis/redis.ts';
import { eventually } from '../../support/wait.ts';
import type { RedisState } from './matrix.ts';
import type { Fault } from './observe.ts';

/** Brings about each state of Redis. */
export const redisFaults: Record<RedisState, () => Promise<Fault>> = {
  gone: () =>
    onRedis(
      (redis) => redis.stop(),
      (redis) => redis.start(),
    ),
  stalled: () =>
    onRedis(
      async (redis) => redis.pause(),
      async (redis) => redis.resume(),
    ),
  READONLY: () =>
    onRedis(
      async ({ client }) => client.replicaof('127.0.0.1', await freePort()),
      ({ client }) => client.replicaof('NO', 'ONE'),
    ),
  demoted,
  MASTERDOWN: () =>
    onRedis(
      async ({ client }) => {
        await client.config('SET', 'replica-serve-stale-data', 'no');
        await client.replicaof('127.0.0.1', await freePort());
      },
      ({ client }) => client.replicaof('NO', 'ONE'),
    ),
  LOADING: slowLoad,
  CLUSTERDOWN: clusterWithoutSlots,
  MISCONF: () => onRedis(failToSave, saveAgain),
  OOM: () =>
    onRedis(
      ({ client }) => client.config('SET', 'maxmemory', '1'),
      ({ client }) => client.config('SET', 'maxmemory', '0'),
    ),
  NOAUTH: () =>
    onRedis(
      async ({ client }) => {
        await client.config('SET', 'requirepass', 'changed');
        for (const type of ['normal', 'pubsub']) await client.call('CLIENT', 'KILL', 'TYPE', type);
      },
      ({ client }) => client.config('SET', 'requirepass', ''),
    ),
  BUSY: endlessScript,
  empty: () =>
    onRedis(
      ({ client }) => client.flushall(),
      async () => undefined,
    ),
  older: olderData,
};

async function onRedis(
  begin: (redis: TestRedis) => Promise<unknown>,
  end: (redis: TestRedis) => Promise<unknown>,
): Promise<Fault> {
  const redis = await startTestRedis({ own: true });
  return { options: { redis }, begin: () => begin(redis), end: () => end(redis) };
}

async function demoted(): Promise<Fault> {
  const [old, next] = await Promise.all([startTestRedis({ own: true }), startTestRedis({ own: true })]);
  const proxy = await startProxy(old);
  await next.client.replicaof(old.host, old.port);
  return {
    options: { redis: { ...old, port: proxy.port } },
    async begin() {
      await eventually(async () =>
        expect(await next.client.info('replication')).toContain('master_link_status:up'),
      );
      await old.client.wait(1, 5_000);
      await next.client.replicaof('NO', 'ONE');
      await old.client.replicaof(next.host, next.port);
    },
    end: async () => proxy.leadTo(next),
    async close() {
      await proxy.close();
      await next.close();
    },
  };
}

function anotherClient({ client }: TestRedis): Redis {
  const other = client.duplicate();
  other.on('error', () => {});
  return other;
}

const withDebug = () => startTestRedis({ own: true, settings: { 'enable-debug-command': 'local' } });

/** A load handles commands once a KB, and these keys have one each. */
async function slowLoad(): Promise<Fault> {
  const redis = await withDebug();
  let loaded: Promise<unknown>;
  const other = anotherClient(redis);
  return {
    options: { redis },
    async begin() {
      await redis.client.config('SET', 'rdbcompression', 'no');
      await redis.client.config('SET', 'loading-process-events-interval-bytes', '1024');
      await redis.client.config('SET', 'key-load-delay', '5000');
      await redis.client.eval(
        "for key = 1, 4000 do redis.call('SET', 'ballast' .. key, string.rep('x', 1100)) end",
        0,
      );
      loaded = redis.client.call('DEBUG', 'RELOAD');
      await eventually(() => expect(other.get('any')).rejects.toThrow('LOADING'));
    },
    async end() {
      await other.config('SET', 'key-load-delay', '0');
      await loaded;
    },
    close: async () => other.disconnect(),
  };
}

async function clusterWithoutSlots(): Promise<Fault> {
  // A node that had too few masters beside it waits for so long before it serves again.
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-port': await freePort(),
    'cluster-node-timeout': 500,
  };
  const redis = await startTestRedis({ own: true, settings });
  const slots = async (verb: 'ADDSLOTSRANGE' | 'DELSLOTSRANGE', state: 'ok' | 'fail') => {
    await redis.client.call('CLUSTER', verb, 0, 16_383);
    await eventually(async () =>
      expect(await redis.client.cluster('INFO')).toContain(`cluster_state:${state}\r\n`),
    );
  };
  await slots('ADDSLOTSRANGE', 'ok');
  return {
    options: { redis },
    begin: () => slots('DELSLOTSRANGE', 'fail'),
    end: () => slots('ADDSLOTSRANGE', 'ok'),
  };
}

async function failToSave({ client }: TestRedis): Promise<void> {
  await client.config('SET', 'save', '3600 1');
  await mkdir(await snapshotFile(client));
  await client.bgsave();
  await untilSaved(client, 'err');
}

async function saveAgain({ client }: TestRedis): Promise<void> {
  await rmdir(await snapshotFile(client));
  await client.bgsave();
  await untilSaved(client, 'ok');
}

async function snapshotFile(client: Redis): Promise<string> {
  const [directory, name] = await Promise.all(
    ['dir', 'dbfilename'].map(async (setting) => {
      const [, value] = (await client.config('GET', setting)) as [string, string];
      return value;
    }),
  );
  return join(directory as string, name as string);
}

async function untilSaved(client: Redis, status: 'ok' | 'err'): Promise<void> {
  await eventually(async () => {
    const info = await client.info('persistence');
    expect(info).toContain('rdb_bgsave_in_progress:0\r\n');
    expect(info).toContain(`rdb_last_bgsave_status:${status}\r\n`);
  });
}

async function endlessScript(): Promise<Fault> {
  const redis = await startTestRedis({ own: true });
  const other = anotherClient(redis);
  let script: Promise<unknown>;
  return {
    options: { redis },
    async begin() {
      await redis.client.config('SET', 'busy-reply-threshold', '50');
      script = other.eval('while true do end', 0).catch(() => undefined);
      await eventually(() => expect(redis.client.get('any')).rejects.toThrow('BUSY'));
    },
    async end() {
      await redis.client.script('KILL');
      await script;
    },
    close: async () => other.disconnect(),
  };
}

async function olderData(): Promise<Fault> {
  const redis = await withDebug();
  return {
    options: { redis },
    prepare: () => redis.client.save(),
    begin: () => redis.client.call('DEBUG', 'RELOAD', 'NOSAVE'),
    end: () => sleep(0),
  };
}
