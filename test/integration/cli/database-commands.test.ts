import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockFolder } from '../../../src/embedded/process/folder-lock.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let dataDirectory: string;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 2 });
  dataDirectory = mkdtempSync(join(tmpdir(), 'tiketi-commands-'));
});
afterAll(async () => {
  await database.drop();
  rmSync(dataDirectory, { recursive: true });
});

function configured(): NodeJS.ProcessEnv {
  const { host, port, user, password, database: name } = database.settings;
  return { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: name };
}

/** As `npm run migrate` and `npm run seed` do. */
async function run(command: 'migrate' | 'seed', environment: NodeJS.ProcessEnv = {}) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, `../../../src/cli/${command}.ts`)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, NODE_COMPILE_CACHE, DATA_DIR: dataDirectory, ...environment },
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, status };
}

// Four processes, one after the other, on a machine that may be busy.
test('migrate and seed work on an empty database, and change nothing the second time', async () => {
  await sql`DROP SCHEMA public CASCADE`.execute(database.db);
  await sql`CREATE SCHEMA public`.execute(database.db);
  const environment = configured();
  const applied = expect.stringMatching(/^Applied: 0001-catalogue, 0002-/);
  expect(await run('migrate', environment)).toEqual({ stdout: applied, stderr: '', status: 0 });
  expect(await run('migrate', environment)).toMatchObject({
    stdout: 'The schema was up to date\n',
    status: 0,
  });
  expect(await run('seed', environment)).toMatchObject({
    stdout: expect.stringContaining('3 halls'),
    status: 0,
  });
  expect(await run('seed', environment)).toMatchObject({
    stdout: 'Demo data: was up to date\n',
    status: 0,
  });
  const { count } = await database.db
    .selectFrom('event_listing')
    .select(sql<number>`count(*)`.as('count'))
    .where('current_status', '=', 'on_sale')
    .executeTakeFirstOrThrow();
  expect(count).toBeGreaterThan(0);
}, 60_000);

test('migrate needs no JWT_SECRET in production', async () => {
  const { stderr, status } = await run('migrate', { ...configured(), NODE_ENV: 'production' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test('a problem that the person at the terminal can solve takes one line', async () => {
  expect(await run('migrate', { ...configured(), DB_PORT: '1' })).toEqual({
    stdout: '',
    stderr: expect.stringMatching(/^PostgreSQL at [^\n]+:1, database \w+ can't be reached: [^\n]+\n$/),
    status: 1,
  });
  const wrongPassword = await run('seed', { ...configured(), DB_PASSWORD: 'wrong' });
  expect(wrongPassword.stderr).toMatch(/^PostgreSQL at [^\n]*password[^\n]*\n$/);
  const badSetting = await run('seed', { ...configured(), DB_POOL_SIZE: 'many' });
  expect(badSetting).toMatchObject({ stderr: expect.stringContaining('DB_POOL_SIZE is "many"'), status: 1 });
});

test('the commands refuse a data folder that a running service uses', async () => {
  const unlock = await lockFolder(dataDirectory);
  try {
    expect(await run('seed')).toEqual({
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^The folder [^\n]+ is in use by process ${process.pid}: [^\n]+\n$`),
      ),
      status: 1,
    });
  } finally {
    unlock();
  }
});
