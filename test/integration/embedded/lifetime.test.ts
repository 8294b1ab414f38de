import { once } from 'node:events';
import { Redis } from 'ioredis';
import { describe, expect } from 'vitest';
import { FolderInUseError } from '../../../src/embedded/process/folder-lock.ts';
import {
  describeProcess,
  isRunning,
  type ProcessRecord,
} from '../../../src/embedded/process/process-identity.ts';
import { eventually } from '../../support/wait.ts';
import { type Connections, hasRedis, query, test } from './sandbox.ts';

async function redisCommand(embedded: Connections, name: string, ...args: string[]): Promise<unknown> {
  if (embedded.redis?.kind !== 'server') throw new Error('expected a Redis server');
  const client = new Redis(embedded.redis.port, embedded.redis.host);
  try {
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}

async function remember(embedded: Connections): Promise<void> {
  await query(embedded.postgres, "CREATE TABLE kept AS SELECT '자리' AS what");
  if (!hasRedis) return;
  await redisCommand(embedded, 'SET', 'kept', '줄');
  // PostgreSQL's log is on the disk before its answer. Redis may write its own a little later.
  await eventually(async () =>
    expect(await redisCommand(embedded, 'INFO', 'persistence')).toContain('aof_buffer_length:0'),
  );
}

async function expectRemembered(embedded: Connections): Promise<void> {
  expect(await query(embedded.postgres, 'SELECT what FROM kept')).toEqual([{ what: '자리' }]);
  if (hasRedis) expect(await redisCommand(embedded, 'GET', 'kept')).toBe('줄');
}

async function killHard(...processes: ProcessRecord[]): Promise<void> {
  for (const { pid } of processes) process.kill(pid, 'SIGKILL');
  await eventually(() => expect(processes.filter(isRunning)).toEqual([]));
}

describe('data survives', () => {
  test('a stop and a start', async ({ sandbox }) => {
    const first = await sandbox.start();
    await remember(first);
    await first.stop();
    expect(sandbox.servers().filter(isRunning)).toEqual([]);
    await expectRemembered(await sandbox.start());
  });

  test('kill -9 of the owner, and the next start works at once', async ({ sandbox }) => {
    const owner = await sandbox.startOwner();
    await remember(owner.embedded);
    owner.process.kill('SIGKILL');
    const before = Date.now();
    const second = await sandbox.start();
    expect(Date.now() - before).toBeLessThan(10_000);
    await expectRemembered(second);
  });

  test('kill -9 of owner and supervisors, whose servers the next start ends', async ({ sandbox }) => {
    const owner = await sandbox.startOwner();
    await remember(owner.embedded);
    const left = sandbox.servers();
    const supervisors = owner.children.filter(({ pid }) => !left.some((server) => server.pid === pid));
    // All at one moment: a supervisor that sees its owner end first would still end its server.
    for (const { pid } of supervisors) process.kill(pid, 'SIGSTOP');
    await killHard(describeProcess(owner.process.pid as number), ...supervisors);
    expect(left.filter(isRunning)).toHaveLength(hasRedis ? 2 : 1);
    await expectRemembered(await sandbox.start());
    expect(left.filter(isRunning)).toEqual([]);
  });
});

test('no server outlives the process that started it', async ({ sandbox }) => {
  const owner = await sandbox.startOwner();
  expect(owner.children.filter(isRunning)).toHaveLength(hasRedis ? 4 : 2);
  owner.process.kill('SIGKILL');
  await eventually(() => expect(owner.children.filter(isRunning)).toEqual([]), { timeout: 8_000 });
});

test('a Ctrl-C in the terminal leaves PostgreSQL to the last requests, and then ends everything', async ({
  sandbox,
}) => {
  const owner = await sandbox.startOwner();
  process.kill(-(owner.process.pid as number), 'SIGINT');
  const [code] = await once(owner.process, 'close');
  expect({ code, printed: owner.printed }).toEqual({ code: 0, printed: ['answered'] });
  expect(owner.children.filter(isRunning)).toEqual([]);
});

test('a second owner of the folder is refused, and the first goes on', async ({ sandbox }) => {
  const owner = await sandbox.startOwner();
  const refusal = await sandbox.start().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(FolderInUseError);
  expect((refusal as Error).message).toContain(`in use by process ${owner.process.pid}`);
  await remember(owner.embedded);
  await expectRemembered(owner.embedded);
});
