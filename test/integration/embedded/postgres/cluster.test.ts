import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { PostgresConnection } from '../../../../src/embedded/index.ts';
import { type ProcessRecord, readProcessRecord } from '../../../../src/embedded/process/process-identity.ts';
import { eventually } from '../../../support/wait.ts';
import { isRoot, query, test } from '../sandbox.ts';

test('a cluster whose creation kill -9 cut off is created anew', async ({ sandbox }) => {
  const owner = sandbox.startOwner().catch(() => 'killed');
  const postgres = join(sandbox.dataDirectory, 'postgres');
  await eventually(() => expect(readdirSync(postgres).join()).toMatch(/cluster\.new/), {
    interval: 2,
    timeout: 20_000,
  });
  const { pid } = readProcessRecord(join(sandbox.dataDirectory, 'owner.json')) as ProcessRecord;
  process.kill(pid, 'SIGKILL');
  expect(await owner).toBe('killed');
  expect(existsSync(join(postgres, 'cluster'))).toBe(false);
  const embedded = await sandbox.start();
  expect(await query(embedded.postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(readdirSync(postgres).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
});

test("a process that got the id of yesterday's PostgreSQL is left alone", async ({ sandbox }) => {
  await (await sandbox.start()).stop();
  const cluster = join(sandbox.dataDirectory, 'postgres/cluster');
  const { uid, gid } = statSync(cluster);
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore', ...(isRoot && { uid, gid }) });
  sandbox.atEnd(() => bystander.kill());
  await once(bystander, 'spawn');
  const stale = [bystander.pid, join(cluster, 'data'), 0, 5432, '', '127.0.0.1', '0 0', 'ready'].join('\n');
  writeFileSync(join(cluster, 'data/postmaster.pid'), `${stale}\n`);

  const { postgres } = await sandbox.start();
  expect(await query(postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect({ exitCode: bystander.exitCode, signal: bystander.signalCode }).toEqual({
    exitCode: null,
    signal: null,
  });
});

test('PostgreSQL asks for the password, and knows Korean letters', async ({ sandbox }) => {
  const { postgres } = await sandbox.start();
  await expect(query({ ...(postgres as PostgresConnection), password: 'guessed' }, 'SELECT')).rejects.toThrow(
    /password authentication failed/,
  );
  await query(postgres, 'CREATE EXTENSION pg_trgm');
  const [row] = await query(
    postgres,
    "SELECT cardinality(show_trgm('아이유')) AS trigrams, '가' < '나' AS sorted",
  );
  expect(row).toEqual({ trigrams: 4, sorted: true });
});
