import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, serverEnvironment, supervise } from '../../src/embedded/process/supervised.ts';
import { findRedis, runRedis } from '../../src/embedded/redis/redis.ts';
import type { Backend } from '../faults/harness/backend.ts';
import { eventually } from '../support/wait.ts';

/** A master, its replica and a Sentinel, which replaces a master that is silent for a second. */
interface BreakableSentinel extends Backend {
  /** Ends the master like a crash, and waits until the replica has taken over. */
  loseMaster(): Promise<void>;
}

const HOST = '127.0.0.1';
const NAME = 'tickets';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startBreakableSentinel(directory: string): Promise<BreakableSentinel> {
  const program = findRedis();
  if (!program) throw new Error('A Sentinel needs redis-server or valkey-server');
  const start = (name: string, settings: Record<string, string | number>) =>
    runRedis(program, { directory: join(directory, name), persistent: false, settings, log });
  const master = await start('one', { 'repl-diskless-sync-delay': 0 });
  const replica = await start('two', { replicaof: `${HOST} ${master.port}` });
  const client = new Redis({ host: HOST, port: replica.port });
  client.on('error', () => undefined);
  await eventually(
    async () => {
      if (!(await client.info('replication')).includes('master_link_status:up'))
        throw new Error('the replica is not in sync');
    },
    { timeout: 30_000 },
  );

  const home = join(directory, 'sentinel');
  mkdirSync(home);
  const port = await freePort();
  // A Sentinel writes what it learns into its own file.
  const file = join(home, 'sentinel.conf');
  writeFileSync(
    file,
    [
      ...[`bind ${HOST}`, `port ${port}`, `dir ${home}`, `sentinel monitor ${NAME} ${HOST} ${master.port} 1`],
      ...[`sentinel down-after-milliseconds ${NAME} 1000`, `sentinel failover-timeout ${NAME} 5000`, ''],
    ].join('\n'),
  );
  const sentinel = await supervise({
    command: program,
    args: [file, '--sentinel'],
    directory: home,
    environment: serverEnvironment(),
    logFile: join(home, 'sentinel.log'),
    recordFile: join(home, 'process.json'),
    signals: ['SIGTERM', 'SIGKILL'],
    patienceMs: 5_000,
  });
  const asked = new Redis({ host: HOST, port, retryStrategy: () => 50 });
  asked.on('error', () => undefined);
  await eventually(
    async () => {
      if (((await asked.call('SENTINEL', 'REPLICAS', NAME)) as unknown[]).length === 0)
        throw new Error('the Sentinel does not know the replica yet');
    },
    { timeout: 30_000 },
  );
  asked.disconnect();

  return {
    environment: { REDIS_SENTINELS: `${HOST}:${port}`, REDIS_SENTINEL_MASTER: NAME },
    async loseMaster() {
      process.kill(master.pid, 'SIGKILL');
      await eventually(
        async () => {
          if ((await client.role())[0] !== 'master') throw new Error('the replica is not the master yet');
        },
        { timeout: 30_000, interval: 50 },
      );
    },
    async stop() {
      client.disconnect();
      await sentinel.stop();
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}
