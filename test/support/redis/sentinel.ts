import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, inject } from 'vitest';
import { lastLines, serverEnvironment, supervise } from '../../../src/embedded/process/supervised.ts';
import { freePort } from '../free-port.ts';
import { eventually } from '../wait.ts';
import { startTestRedis, type TestRedis } from './redis.ts';

export interface TestSentinel {
  address: { host: string; port: number };
  /** The name by which the Sentinel knows the master. */
  name: string;
  /** As the test started them: a failover changes their roles. */
  master: TestRedis;
  replica: TestRedis;
  /** The last lines of the Sentinel's log. */
  log(): string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const NAME = 'tickets';

/** A master, its replica, and one Sentinel, which replaces a master that has been silent for 2 seconds: a busy machine may stop one for less. */
export async function startSentinel(): Promise<TestSentinel> {
  // A master waits 5 s for more replicas by default.
  const master = await startTestRedis({ own: true, settings: { 'repl-diskless-sync-delay': 0 } });
  const replica = await startTestRedis({
    own: true,
    settings: { replicaof: `${HOST} ${master.port}` },
  });
  const servers = [master, replica];
  try {
    // A Sentinel that comes first would hear of the replica 10 s later.
    await eventually(
      async () => expect(await master.client.info('replication')).toMatch(/^slave0:.*state=online/m),
      { timeout: 30_000 },
    );
    const sentinel = await startProcess(master.port);
    const close = async () => {
      await sentinel.stop();
      await Promise.all(servers.map((server) => server.close()));
    };
    const { port, log } = sentinel;
    return { address: { host: HOST, port }, name: NAME, master, replica, log, close };
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
}

async function startProcess(masterPort: number) {
  const program = inject('redis').program;
  if (!program) throw new Error('A Sentinel needs a program: install redis-server or valkey-server');
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tiketi-test-sentinel-')));
  const logFile = join(directory, 'sentinel.log');
  const port = await freePort();
  // A Sentinel writes what it learns into its own file.
  const file = join(directory, 'sentinel.conf');
  writeFileSync(
    file,
    [
      `bind ${HOST}`,
      `port ${port}`,
      `dir ${directory}`,
      `sentinel monitor ${NAME} ${HOST} ${masterPort} 1`,
      `sentinel down-after-milliseconds ${NAME} 2000`,
      `sentinel failover-timeout ${NAME} 5000`,
      '',
    ].join('\n'),
  );
  const server = await supervise({
    command: program,
    args: [file, '--sentinel'],
    directory,
    environment: serverEnvironment(),
    logFile,
    recordFile: join(directory, 'process.json'),
    signals: ['SIGTERM', 'SIGKILL'],
    patienceMs: 5_000,
    removeDirectory: directory,
  });
  const client = new Redis({ host: HOST, port, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  try {
    await eventually(
      async () => {
        if (server.hasEnded()) throw new Error('It has ended');
        const known = (await client.call('SENTINEL', 'REPLICAS', NAME)) as string[][];
        const status = known[0]?.[known[0].indexOf('master-link-status') + 1];
        if (status !== 'ok') throw new Error('It does not know the replica yet');
      },
      { timeout: 30_000 },
    );
  } catch (error) {
    await server.stop();
    throw new Error(`The Sentinel does not work; the end of its log:\n${lastLines(logFile)}`, {
      cause: error,
    });
  } finally {
    client.disconnect();
  }
  return { port, log: () => lastLines(logFile, 40), stop: () => server.stop() };
}
