import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findRedis, type RedisServer, runRedis } from '../../../src/embedded/redis/redis.ts';
import { startProxy } from '../../support/proxy.ts';
import { eventually } from '../../support/wait.ts';
import type { Backend } from './backend.ts';

/** A master and its replica, behind one address that leads to the master. */
export interface BreakableRedis extends Backend {
  /** Ends the master, which forgets everything. */
  end(): Promise<void>;
  start(): Promise<void>;
  flush(): Promise<void>;
  /**
   * Promotes the replica, and the old master becomes the read-only replica of the new one. The address leads there for another
   * moment, and then to the new master. Connections to the old one stay open.
   */
  demote(lateMs: number): Promise<void>;
  /** The same without a loss: the master waits until its replica has everything, and hands over to it (FAILOVER). */
  handOver(lateMs: number): Promise<void>;
}

const IN_SYNC_WITHIN_MS = 20_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startBreakableRedis(directory: string): Promise<BreakableRedis> {
  const program = findRedis();
  if (!program)
    throw new Error('Faults need a Redis that can be stopped: install redis-server or valkey-server');
  const optionsOf = (name: string) => ({ directory: join(directory, name), persistent: false, log });
  let [master, replica] = [
    { server: await runRedis(program, optionsOf('one')), options: optionsOf('one') },
    { server: await runRedis(program, optionsOf('two')), options: optionsOf('two') },
  ];
  await follow(replica.server, master.server);
  const proxy = await startProxy(master.server);

  return {
    environment: { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(proxy.port) },
    end: () => master.server.stop(),
    async start() {
      master.server = await runRedis(program, { ...master.options, port: master.server.port });
      await follow(replica.server, master.server);
    },
    flush: () => ask(master.server, async (redis) => void (await redis.flushall())),
    async demote(lateMs) {
      [master, replica] = [replica, master];
      await ask(master.server, (redis) => redis.replicaof('NO', 'ONE'));
      await follow(replica.server, master.server);
      await sleep(lateMs);
      proxy.leadTo(master.server);
    },
    async handOver(lateMs) {
      const { host, port } = replica.server;
      await ask(master.server, (redis) => redis.failover('TO', host, port));
      [master, replica] = [replica, master];
      await ask(master.server, (redis) =>
        eventually(async () => {
          if ((await redis.role())[0] !== 'master') throw new Error('the replica is not the master yet');
        }),
      );
      await sleep(lateMs);
      proxy.leadTo(master.server);
    },
    async stop() {
      await proxy.close();
      await Promise.all([master.server.stop(), replica.server.stop()]);
    },
  };
}

/** Makes a server the replica of another one, and resolves when it has everything. */
async function follow(replica: RedisServer, master: RedisServer): Promise<void> {
  // Else the master waits for more replicas before it begins.
  await ask(master, (redis) => redis.config('SET', 'repl-diskless-sync-delay', '0'));
  await ask(replica, async (redis) => {
    // A replica that has lost its master would try again only once a second.
    await redis.replicaof('NO', 'ONE');
    await redis.replicaof(master.host, master.port);
    await eventually(
      async () => {
        const info = await redis.info('replication');
        if (!info.includes('master_link_status:up')) throw new Error('the replica is not in sync');
      },
      { timeout: IN_SYNC_WITHIN_MS },
    );
  });
}

async function ask<T>({ host, port }: RedisServer, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port });
  redis.on('error', () => undefined);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
